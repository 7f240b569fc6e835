import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../../pipeline/problem/problem.ts';
import {
  decodeRevocationList,
  encodeRevocationList,
  type RevocationList,
} from '../../pipeline/sign/revocation.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { must } from './fixtures.ts';

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
const decode = (given: Uint8Array) => decodeRevocationList({ path: 'revoked', bytes: given });
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

const swapped = Uint8Array.from(bytes);
swapped.set(bytes.subarray(0x48, 0x70), 0x20);
swapped.set(bytes.subarray(0x20, 0x48), 0x48);

test.each([
  ['nothing', new Uint8Array(), 'short'],
  ['a cut header', bytes.slice(0, 31), 'short'],
  ['another magic', with8(0, 0x58), 'magic'],
  ['another version', with8(8, 2), 'version'],
  ['an entry too few', bytes.slice(0, -40), 'size'],
  ['a byte too few', bytes.slice(0, -1), 'size'],
  ['a byte too many', Uint8Array.from([...bytes, 0]), 'size'],
  ['more entries than there may be', with8(13, 0xff), 'size'],
  ['a date beyond the calendar', with8(0x1f, 0x7f), 'date'],
  ['an unknown kind', with8(0x20, 3), 'kind'],
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
      if (result.ok) expect(Buffer.compare(encodeRevocationList(result.value), given)).toBe(0);
    }),
    { numRuns: 1000 },
  );
});
