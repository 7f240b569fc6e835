import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../../pipeline/problem/problem.ts';
import {
  decodeRevocationList,
  encodeRevocationList,
  type RevocationList,
  splitRevocationFile,
} from '../../pipeline/sign/revocation.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { must } from '../fixtures/results.ts';

const digest = (byte: number) => digestOf(new Uint8Array(32).fill(byte));
const list: RevocationList = {
  number: 3n,
  date: 1_800_000_000,
  entries: [
    { kind: 'certificate', digest: digest(1) },
    { kind: 'certificate', digest: digest(9) },
    { kind: 'seal', digest: digest(0) },
  ],
};
const bytes = encodeRevocationList(list);
const p7s = Uint8Array.of(0x30, 1, 2);
/** The list of a file; `given` with a signature after it. */
const decode = (given: Uint8Array) => {
  const split = splitRevocationFile({
    path: 'revoked',
    bytes: Uint8Array.from([...given, ...p7s]),
  });
  return split.ok ? decodeRevocationList(split.value.list) : split;
};
const with8 = (at: number, byte: number): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  changed[at] = byte;
  return changed;
};

test('a list comes back as it was, and has one form', () => {
  expect(must(decode(bytes))).toEqual(list);
  const turned = { ...list, entries: [...list.entries, ...list.entries].reverse() };
  expect(Buffer.compare(encodeRevocationList(turned), bytes)).toBe(0);
  expect(Buffer.from(bytes.subarray(0, 0x48)).toString('hex')).toBe(
    // magic, version, count, number, date, then the first entry
    `435253485245564b 01000000 03000000 0300000000000000 00d2496b00000000 01000000 00000000 ${'01'.repeat(32)}`.replaceAll(
      ' ',
      '',
    ),
  );
});

test('of a file, the signature begins where the entries end', () => {
  const split = (given: Uint8Array) => splitRevocationFile({ path: 'revoked', bytes: given });
  const { list: first, p7s: second } = must(split(Uint8Array.from([...bytes, ...p7s])));
  expect([first.bytes, second]).toEqual([bytes, p7s]);
  expect(split(bytes)).toMatchObject({ problems: [{ kind: 'revocation-unsigned' }] });
  for (let size = 0; size < bytes.length; size++)
    expect(split(bytes.slice(0, size))).toMatchObject({
      problems: [{ kind: 'revocation-malformed', fault: size < 0x20 ? 'short' : 'size' }],
    });
});

const swapped = Uint8Array.from(bytes);
swapped.set(bytes.subarray(0x48, 0x70), 0x20);
swapped.set(bytes.subarray(0x20, 0x48), 0x48);

test.each([
  ['nothing', new Uint8Array(), 'short'],
  ['a cut header', bytes.slice(0, 28), 'short'],
  ['another magic', with8(0, 0x58), 'magic'],
  ['another version', with8(8, 2), 'version'],
  ['an entry too few', bytes.slice(0, -40), 'size'],
  ['more entries than there may be', with8(13, 0xff), 'size'],
  ['a date beyond the calendar', with8(0x1f, 0x7f), 'date'],
  ['an unknown kind', with8(0x20, 4), 'kind'],
  ['a reserved byte', with8(0x24, 1), 'reserved'],
  ['entries out of order', swapped, 'order'],
  [
    'an entry twice',
    Uint8Array.from([...bytes.slice(0, 0x48), ...bytes.slice(0x20, 0x48), ...bytes.slice(0x70)]),
    'order',
  ],
])('%s is refused', (_what, given, fault) => {
  const result = decode(given);
  expect(result).toMatchObject({ problems: [{ kind: 'revocation-malformed', fault }] });
  if (!result.ok) expect(explain(result.problems[0]).hint).not.toBe('');
});

test('any bytes give a list in its one form, or a problem', () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const given = with8(at, byte);
      const result = decode(given);
      // With a smaller count, what is after is for the signature to be.
      if (result.ok) {
        const again = encodeRevocationList(result.value);
        expect(Buffer.compare(again, given.subarray(0, again.length))).toBe(0);
      }
    }),
    { numRuns: 1000 },
  );
});
