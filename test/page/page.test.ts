import { describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import type { Manifest } from '../../pipeline/seal/manifest.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { runCli } from '../cli/memory-world.ts';
import { attested, statementOf } from '../fixtures/attestations.ts';
import { testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { type Changes, sampleBundle } from '../fixtures/sample-bundle.ts';

const hostile = `"><script>alert(1)</script><img src=x onerror='a()'>\u202e\u0007&`;

const told = {
  arch: 'x86_64',
  finalAction: 'reboot',
  failureAction: 'halt',
  targets: [
    { description: 'partition with label crashdump', kind: 'raw', timeout: 600 },
    { description: 'the server', kind: 'raw', timeout: 30, what: 'dmesg' },
  ],
  inputs: [
    {
      name: 'tools/zlib1g',
      origin: 'zlib1g 1:1.2.13 amd64',
      sha256: '2'.repeat(64),
      size: 123,
      package: {
        form: 'deb',
        name: 'zlib1g',
        version: '1:1.2.13',
        architecture: 'amd64',
        source: 'zlib 1:1.2.13',
        licences: ['Zlib'],
      },
      files: ['lib/a.so', 'lib/b.so'],
    },
  ],
};

type Signer = Parameters<typeof sampleBundle>[0];

async function page(
  manifest: object = told,
  { signer, changes = {}, at = now }: { signer?: Signer; changes?: Changes; at?: number } = {},
  ...more: readonly string[]
): Promise<string> {
  const bundle = await sampleBundle(signer, {
    ...changes,
    manifest: (same) => ({ ...same, ...manifest }) as Manifest,
  });
  const host = memoryHost(
    { '/b': bundle, '/other': await sampleBundle(undefined, { policy: ['message', 'halt'] }) },
    { now: at },
  );
  const { status, talk } = await runCli(['inspect', '--html', '/p', ...more, '/b'], host);
  expect([status, talk]).toEqual([0, '']);
  return new TextDecoder().decode(await host.readFile('/p'));
}

describe('the page of a bundle', () => {
  test('tells what happens on a panic as a picture, and the same in words', async () => {
    const text = await page();
    expect(text).toContain(
      'aria-label="On a panic purgatory checks purgatory, kernel, initramfs, elfcorehdr. If a digest is wrong: message; reset. If all are right, the capture kernel (6.12.0-test) starts and saves the dump to partition with label crashdump, 600 s, then the server, the log alone, 30 s. After that: reboot. If no target works: halt."',
    );
    for (const words of ['The kernel panics', '1. message', '2. reset', 'none works'])
      expect(text).toContain(`>${words}</text>`);
  });

  test('names packages with their licences and files, members, and who signed', async () => {
    const { signer } = await testKeys();
    const text = await page(told, { signer });
    for (const words of ['zlib1g', '1:1.2.13', 'Zlib', '2 files', 'lib/b.so', 'initramfs.base'])
      expect(text).toContain(words);
    expect(text).toContain(signer.certificates[0]?.subjectText ?? '?');
    expect(text).toContain('Signed, not verified here');
    expect(await page()).toContain('Not signed');
    expect(await page(told, { at: now + 9 * 86_400 })).toContain('>Expired<');
  });

  test('is the same, byte for byte, for the same bundle, whenever it is looked at', async () => {
    expect(await page(told, { at: now + 60 })).toBe(await page());
  });

  test('fetches nothing and runs nothing', async () => {
    const text = await page();
    expect(text).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;`,
    );
    expect(text).not.toMatch(/<(script|link|img|iframe|object|embed|base|form)\b/i);
    expect(text).not.toMatch(/\b(src|srcset|action|on\w+)=/i);
    expect(text).not.toMatch(/@import|url\((?!#)|https?:/);
    for (const [, to] of text.matchAll(/href="([^"]*)"/g)) {
      expect(to).toMatch(/^#/);
      expect(text).toContain(`id="${to?.slice(1)}"`);
    }
  });

  test('takes everything in a bundle for text', async () => {
    const odd = {
      ...told,
      arch: hostile,
      finalAction: hostile,
      failureAction: hostile,
      network: { description: hostile },
      recipient: [hostile],
      targets: [{ description: hostile, kind: 'raw', timeout: 1 }],
      inputs: [
        {
          ...told.inputs[0],
          name: hostile,
          files: [hostile, hostile],
          package: { ...told.inputs[0]?.package, name: hostile, licences: [hostile] },
        },
        { name: 1, files: {}, package: [], size: -1, sha256: hostile },
        null,
      ],
    };
    const text = await page(odd, {}, '--against', '/other');
    expect(text).not.toMatch(/<script|<img|onerror='/);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain('\\u{202e}\\u{7}&amp;');
  });

  test('tells what differs from another bundle', async () => {
    const text = await page(told, {}, '--against', '/other');
    expect(text).toContain('Differs from the other bundle');
    expect(text).toMatch(
      /On-corruption policy<\/h3>[\s\S]*removed[\s\S]*halt[\s\S]*added[\s\S]*reset/,
    );
    expect(await page()).not.toContain('other bundle');
  });

  test('says who tried it, of what is beside it', async () => {
    const bundle = await sampleBundle(undefined);
    const seal =
      must(await unpackBundle(bundle)).find(({ name }) => name === 'seal.bin')?.bytes ??
      Uint8Array.of();
    const shown = async (...files: readonly Uint8Array[]): Promise<string> => {
      const host = memoryHost({ '/b': bundle, '/b.test-crash': joinBytes(files) }, { now });
      expect((await runCli(['inspect', '--html', '/p', '/b'], host)).status).toBe(0);
      return new TextDecoder().decode(await host.readFile('/p'));
    };
    const passed = await shown(attested(statementOf(seal)));
    expect(passed).toMatch(/<strong>PASSED<\/strong>, says [^<]+\.<\/p>/);
    expect(passed).toContain('pkg:generic/qemu@7.2.22, cpus 2');
    expect(passed).toContain('>capture: the dump is complete</td>');
    expect(passed).not.toContain('class="bad">A trial failed');
    const wrong = await shown(
      attested(statementOf(seal, { result: 'FAILED', passed: [], failed: [hostile] })),
      attested(statementOf(Uint8Array.of(1), { warned: ['ssh'] })),
    );
    for (const words of ['>A trial failed<', '>An attestation is of another bundle<'])
      expect(wrong).toContain(words);
    expect(wrong).toMatch(/&lt;script&gt;[\s\S]*<strong>failed<\/strong>/);
    expect(wrong).toContain('>not proven<');
    expect(await shown(Uint8Array.of(1))).toContain('<p>Malformed.</p>');
    expect(await page()).toContain('Nobody attests it');
  });

  test('is not compared without being written', async () => {
    const { status, talk } = await runCli(['inspect', '--against', '/other', '/b']);
    expect([status, talk]).toEqual([2, expect.stringContaining('--against needs --html')]);
  });
});
