import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Drawing, memoryMapSvg } from '../../pipeline/cli/memory-map-svg.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';
import { readXml } from '../support/xml.ts';
import { runCli } from './memory-world.ts';

const M = 1n << 20n;

const drawing: Drawing = {
  title: 'Crash region of <web> & "db"',
  caption: 'At 0x31000000',
  start: 0x3100_0000n,
  size: 256n * M,
  segments: [
    { name: 'initramfs', place: 0x3500_0000n, bufsz: 5n * M, memsz: 6n * M, live: [] },
    {
      name: 'purgatory',
      place: 0x3100_0000n,
      bufsz: 4096n,
      memsz: 8192n,
      live: [
        { offset: 0x300n, size: 8n, words: 'address of <kernel>' },
        { offset: 0x28n, size: 32n, words: 'SHA-256 of purgatory' },
      ],
    },
    { name: 'kernel', place: 0x3120_0000n, bufsz: 40n * M, memsz: 40n * M, live: [] },
  ],
};

describe('the crash region as a drawing', () => {
  test('reads as in its golden file', async () => {
    await expect(memoryMapSvg(drawing)).toMatchFileSnapshot('../golden/cli/memory-map.svg');
  });

  test('is XML with a title, a description and a mark for every live value', () => {
    const { elements } = readXml(memoryMapSvg(drawing));
    const [svg] = elements;
    expect(svg).toMatchObject({
      name: 'svg',
      attributes: { role: 'img', 'aria-labelledby': 'title description' },
    });
    const ids = elements.flatMap(({ attributes }) => attributes.id ?? []);
    expect(ids).toEqual(expect.arrayContaining(['title', 'description']));
    expect(elements.filter(({ attributes }) => attributes.class === 'segment')).toHaveLength(3);
    const tips = elements.filter(({ name, attributes }) => name === 'title' && !attributes.id);
    expect(tips).toHaveLength(2);
  });

  test('fetches nothing and runs nothing', () => {
    const svg = memoryMapSvg(drawing).replace('xmlns="http://www.w3.org/2000/svg"', '');
    expect(svg).not.toMatch(/https?:|href|@import|<script|url\((?!#)|\son\w+=/i);
  });

  test('no region is too small, too large or too full to be drawn inside the page', () => {
    const segment = fc.record({ gap: fc.bigInt(0n, 1n << 40n), memsz: fc.bigInt(1n, 1n << 50n) });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 16 }), fc.string(), (sizes, name) => {
        let at = 0x1000n;
        const segments = sizes.map(({ gap, memsz }) => {
          const place = at + gap;
          at = place + memsz;
          return { name, place, memsz, bufsz: memsz / 2n, live: [] };
        });
        const svg = memoryMapSvg({ ...drawing, start: 0x1000n, size: at, segments });
        const { elements } = readXml(svg);
        const page = Number(elements[0]?.attributes.height);
        for (const { attributes } of elements.filter((one) => one.name === 'rect')) {
          const end = Number(attributes.y) + Number(attributes.height);
          expect(end).toBeLessThanOrEqual(page);
          expect(Number(attributes.height)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test('is written by inspect beside what it says', async () => {
    const host = memoryHost({ '/b': await sampleBundle(undefined) });
    const ran = await runCli(['inspect', '--svg', '/map.svg', '/b'], host);
    expect(ran.status).toBe(0);
    const svg = new TextDecoder().decode(await host.readFile('/map.svg'));
    const marks = readXml(svg).elements.filter(({ attributes }) => attributes.class === 'segment');
    expect(marks).toHaveLength(4);
  });
});
