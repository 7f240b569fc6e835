import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { decodeSeal, encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { anySeal, sampleSeal } from '../fixtures/sample-seal.ts';

/** The first is what the loader names. */
const firstFault = (result: Result<unknown>): string | undefined => {
  if (result.ok) return undefined;
  const [first] = result.problems;
  return first.kind === 'seal-fault' ? first.fault : first.kind;
};

const firstOf = (values: Seal['live']): Seal['live'][number] => {
  const [first] = values;
  if (first === undefined) throw new Error('the sample has live values');
  return first;
};

describe('a seal', () => {
  test('comes back from its bytes as it was', () => {
    expect(decodeSeal(encodeSeal(sampleSeal))).toEqual({ ok: true, value: sampleSeal });
  });

  test('comes back from its bytes, whatever it holds', () => {
    fc.assert(
      fc.property(anySeal, (seal) => {
        const bytes = encodeSeal(seal);
        expect(decodeSeal(bytes)).toEqual({ ok: true, value: seal });
        expect(encodeSeal(seal)).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });

  test('comes back with fixed places, bus ids and devices', () => {
    const seal: Seal = {
      ...sampleSeal,
      segments: sampleSeal.segments.map((one) => ({ ...one, flags: ['fixed'] })),
      live: sampleSeal.live.map((one) => {
        if (one.source === 'fileHex') return { ...one, source: 'fileBusId' };
        return one.source === 'segmentAddress' ? { ...one, source: 'segmentOffset' } : one;
      }),
      match: [
        { kind: 'online', path: '', value: '0.3.beef' },
        { kind: 'onlineFrom', path: 'sys/firmware/dump/fcp/device', value: '' },
      ],
    };
    expect(decodeSeal(encodeSeal(seal))).toEqual({ ok: true, value: seal });
  });

  test('holds each string once, in the order of first use', () => {
    const bytes = encodeSeal(sampleSeal);
    const texts = Buffer.from(bytes.subarray(bytes.length - 160)).toString('latin1');
    expect(texts).toContain('sys/kernel/samplesys/firmware/bytes');
    expect(texts.match(/sys\/kernel\/sample/g)).toHaveLength(1);
  });
});

describe('bytes that are not a seal', () => {
  test('give a problem for every length but the right one', () => {
    const bytes = encodeSeal(sampleSeal);
    for (let size = 0; size < bytes.length; size++)
      expect(decodeSeal(bytes.slice(0, size)).ok).toBe(false);
    expect(firstFault(decodeSeal(Uint8Array.from([...bytes, 0])))).toBe('size');
  });

  test('give a value or a problem, and what is accepted is canonical', () => {
    const bytes = encodeSeal(sampleSeal);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, byte] of changes) changed[at] = byte;
        const result = decodeSeal(changed);
        if (result.ok) expect(encodeSeal(result.value)).toEqual(changed);
        else for (const problem of result.problems) expect(explain(problem).message).not.toBe('');
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (any) => !decodeSeal(any).ok));
  });

  test.each<[string, number, number, string]>([
    ['another magic', 0x00, 0x58, 'magic'],
    ['another version', 0x08, 3, 'version'],
    ['another size', 0x0c, 1, 'size'],
    ['an unknown byte order', 0x12, 3, 'byte-order'],
    ['an unknown backend', 0x13, 9, 'backend'],
    ['an unknown flag', 0x17, 0x80, 'flags'],
    ['more segments', 0x1a, 7, 'tables-size'],
    ['an entry segment that is not there', 0x24, 6, 'entry-point'],
    ['an entry after the bytes', 0x29, 0x28, 'entry-point'],
    ['a year too far', 0x46, 1, 'date-range'],
    ['a string outside of the table', 0x5b, 1, 'header-text'],
    ['a reserved byte', 0x98, 1, 'header-reserved'],
    ['an unknown segment flag', 0xc0 + 7 * 0x70 + 0x1e, 2, 'segment-flags'],
    ['a control character', encodeSeal(sampleSeal).length - 1, 7, 'probe-value'],
  ])('are refused for %s', (_, at, byte, fault) => {
    const bytes = encodeSeal(sampleSeal);
    expect(bytes[at]).not.toBe(byte);
    bytes[at] = byte;
    expect(firstFault(decodeSeal(bytes))).toBe(fault);
  });
});

describe('a seal is refused', () => {
  const segment = (index: number, change: Partial<Seal['segments'][number]>): Seal => ({
    ...sampleSeal,
    segments: sampleSeal.segments.map((one, at) => (at === index ? { ...one, ...change } : one)),
  });
  const live = (index: number, change: Partial<Seal['live'][number]>): Seal => ({
    ...sampleSeal,
    live: sampleSeal.live.map((one, at) => (at === index ? { ...one, ...change } : one)),
  });

  test.each<[string, Seal, string]>([
    ['without members', { ...sampleSeal, members: [] }, 'count-of-members'],
    ['without segments', { ...sampleSeal, segments: [] }, 'count-of-segments'],
    [
      'with a member twice',
      { ...sampleSeal, members: [...sampleSeal.members, ...sampleSeal.members] },
      'member-twice',
    ],
    ['with a member it lacks', segment(0, { member: 7 }), 'segment-member'],
    ['with bytes past a member', segment(0, { bufOffset: 1n }), 'segment-bytes'],
    ['with a memsz off the page', segment(0, { memsz: 0x400001n }), 'segment-memory'],
    ['with memsz below bufsz', segment(0, { memsz: 0x1000n }), 'segment-memory'],
    ['with an odd alignment', segment(0, { align: 0x3000n }), 'segment-align'],
    ['with no alignment', segment(2, { align: 0n }), 'segment-align'],
    ['with a place past the region', segment(5, { place: 0xffff000n }), 'segment-place'],
    ['with places that overlap', segment(5, { place: 0x416000n }), 'segments-overlap'],
    ['with a torn group', segment(3, { group: 0 }), 'group-torn'],
    ['with a descending group', segment(1, { place: 0x50_0000n }), 'group-order'],
    ['with a live value past bufsz', live(0, { offset: 0x17fdn }), 'live-place'],
    ['with a live value in no segment', live(0, { segment: 6 }), 'live-segment'],
    ['with a live value about none', live(0, { about: 6 }), 'live-about'],
    ['with a needless about', live(2, { about: 1 }), 'live-about'],
    ['with a width of three', live(0, { width: 3, size: 3n }), 'live-width'],
    ['with a place wider than its number', live(0, { size: 8n }), 'live-width'],
    ['with a table as a number', live(5, { form: 'little', width: 8 }), 'live-form'],
    ['with a shift of 64', live(0, { arg0: 64n }), 'live-shift'],
    ['with a path that climbs', live(3, { text: 'sys/../../etc' }), 'live-path'],
    ['with an absolute path', live(3, { text: '/sys/x' }), 'live-path'],
    ['with a path not read', live(0, { text: 'sys/x' }), 'live-path'],
    ['with live values that overlap', live(1, { offset: 0x304n }), 'lives-overlap'],
    ['with a table over its count', live(6, { arg0: 0x2d4n }), 'map-count'],
    ['with text buffers that differ', live(8, { size: 0x7ffn }), 'lives-overlap'],
    ['with a short digest', live(9, { size: 31n }), 'digest-bytes'],
    ['with a digest of itself', live(10, { arg0: 0n }), 'digest-of-itself'],
    ['with a digest past bufsz', live(9, { arg1: 0x1801n }), 'digest-bytes'],
    [
      'with a number after a table',
      { ...sampleSeal, live: [...sampleSeal.live.slice(1), firstOf(sampleSeal.live)] },
      'live-order',
    ],
    ['with an end before its begin', { ...sampleSeal, notAfter: 1 }, 'date-order'],
    ['with more slots than e_phnum', { ...sampleSeal, maxCpus: 65535 }, 'slots'],
    ['with a template too small', { ...sampleSeal, maxCpus: 100 }, 'header-slots'],
    ['with nothing to load', segment(2, { bufsz: 0n }), 'segment-bytes'],
    ['with bytes loaded twice', segment(2, { member: 2 }), 'segments-share'],
    [
      'with a lowest address that wraps',
      segment(0, { minAddress: (1n << 64n) - 1n }),
      'segment-wraps',
    ],
    ['with a group that loses alignment', segment(2, { align: 0x10000n }), 'group-align'],
    ['with half a group fixed', segment(2, { flags: ['fixed'] }), 'group-flags'],
    ['with a cut e820 entry', live(6, { size: 21n }), 'map-entries'],
    [
      'with digests in the wrong order',
      {
        ...sampleSeal,
        live: [...sampleSeal.live.slice(0, 9), ...sampleSeal.live.slice(9).reverse()],
      },
      'digest-too-early',
    ],
    [
      'with a match rule off the root',
      { ...sampleSeal, match: [{ kind: 'present', path: '/sys', value: '' }] },
      'match-path',
    ],
    [
      'with a match rule that compares nothing',
      { ...sampleSeal, match: [{ kind: 'equals', path: 'sys', value: '' }] },
      'match-value',
    ],
    ...['0.4.0150', '0.0.015', '1.0.0150', '0.0.015A', '0150'].map(
      (value): [string, Seal, string] => [
        `with a match rule for device ${value}`,
        { ...sampleSeal, match: [{ kind: 'online', path: '', value }] },
        'match-bus-id',
      ],
    ),
    [
      'with a device that has a path',
      { ...sampleSeal, match: [{ kind: 'online', path: 'sys', value: '0.0.0150' }] },
      'match-path',
    ],
    [
      'with a device from no file',
      { ...sampleSeal, match: [{ kind: 'onlineFrom', path: '', value: '' }] },
      'match-path',
    ],
    ['with a bus id from no file', live(3, { source: 'fileBusId', text: '' }), 'live-path'],
  ])('%s', (_, seal, fault) => {
    expect(firstFault(decodeSeal(encodeSeal(seal)))).toBe(fault);
  });
});
