/** Archives that tar reads and we do not, and some that nobody reads. */
import { type MemberName, memberNames } from '../../pipeline/seal/archive.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { packParts, smallParts } from '../fixtures/small-bundle.ts';
import type { Case } from './cases.ts';

const block = 512;
const parts = smallParts();
const good = await packParts(parts);
const names: readonly MemberName[] = ['seal.bin', 'seal.p7s', ...parts.members.map((m) => m.name)];

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const end = new Uint8Array(2 * block);

/** Each member with its header and padding, in order. */
const pieces: readonly Uint8Array[] = (() => {
  let start = 0;
  return [parts.seal, parts.p7s, ...parts.members.map(({ bytes }) => bytes)].map(({ length }) => {
    const from = start;
    start += block + Math.ceil(length / block) * block;
    return good.slice(from, start);
  });
})();
const piece = (name: MemberName): Uint8Array => {
  const found = pieces[names.indexOf(name)];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const archive = (list: readonly Uint8Array[]): Uint8Array => joinBytes([...list, end]);
const without = (name: MemberName): Uint8Array =>
  archive(pieces.filter((_, index) => names[index] !== name));
/** `extra` stands in front of member `name`. */
const before = (name: MemberName, ...extra: readonly Uint8Array[]): Uint8Array =>
  archive(pieces.toSpliced(names.indexOf(name), 0, ...extra));

/** A member with bytes of its header changed, and a checksum that is right again. */
function header(name: MemberName, ...changes: readonly (readonly [number, string])[]): Uint8Array {
  const changed = Uint8Array.from(piece(name));
  for (const [at, text] of changes) changed.set(ascii(text), at);
  changed.fill(0x20, 148, 156);
  const sum = changed.subarray(0, block).reduce((total, byte) => total + byte, 0);
  changed.set(ascii(`${sum.toString(8).padStart(6, '0')}\0 `.replace('\0 ', ' \0')), 148);
  return changed;
}
const changed = (name: MemberName, ...changes: readonly (readonly [number, string])[]) =>
  archive(pieces.toSpliced(names.indexOf(name), 1, header(name, ...changes)));
const at = (offset: number, text: string): Uint8Array => {
  const bytes = Uint8Array.from(good);
  bytes.set(ascii(text), offset);
  return bytes;
};

/** A member that is none of ours: header of seal.bin with this name, type and size, then its data. */
function stranger(name: string, type: string, data: Uint8Array): Uint8Array {
  const size = data.length.toString(8).padStart(11, '0');
  const head = header('seal.bin', [0, name.padEnd(100, '\0')], [124, `${size} `], [156, type]);
  const padding = new Uint8Array((block - (data.length % block)) % block);
  return joinBytes([head.subarray(0, block), data, padding]);
}
const paxRecord = (text: string): Uint8Array => {
  let size = text.length + 2;
  while (`${size} ${text}\n`.length !== size) size++;
  return ascii(`${size} ${text}\n`);
};

const types: readonly (readonly [string, string])[] = [
  ['an old-style regular file', '\0'],
  ['a hard link', '1'],
  ['a symbolic link', '2'],
  ['a character device', '3'],
  ['a block device', '4'],
  ['a directory', '5'],
  ['a fifo', '6'],
  ['a contiguous file', '7'],
  ['a pax header', 'x'],
  ['a global pax header', 'g'],
  ['a GNU long name', 'L'],
  ['a GNU long link', 'K'],
  ['a sparse file', 'S'],
  ['a part of another volume', 'M'],
  ['a volume label', 'V'],
  ['a GNU dump directory', 'D'],
  ['an unknown kind', 'Z'],
];

type Entry = readonly [name: string, bytes: () => Uint8Array, detail: string];

const entries: readonly Entry[] = [
  ['empty', () => end, 'archive-member-missing'],
  ['no archive', () => ascii('no tar '.repeat(300)), 'archive-stranger'],
  ['a block and nothing else', () => piece('seal.bin').slice(0, block), 'archive-member-cut'],
  ['no end', () => good.slice(0, -2 * block), 'archive-cut'],
  ['one zero block at the end', () => good.slice(0, -block), 'archive-cut'],
  ['a byte after the end', () => joinBytes([good, ascii('\0')]), 'archive-more'],
  ['a block after the end', () => joinBytes([good, new Uint8Array(block)]), 'archive-more'],
  ['a second archive after the end', () => joinBytes([good, good]), 'archive-more'],
  [
    'a second archive instead of the end',
    () => archive([...pieces, ...pieces]),
    'archive-member-place',
  ],
  [
    'a member after one zero block',
    () => archive(pieces.toSpliced(-1, 0, new Uint8Array(block))),
    'archive-member-missing',
  ],
  [
    'a member between the zero blocks',
    () => archive([...pieces, new Uint8Array(block), piece('purgatory')]),
    'archive-end',
  ],
  [
    'a last name that begins with zero',
    () => changed('purgatory', [0, '\0']),
    'archive-member-missing',
  ],
  [
    'a first name that begins with zero',
    () => changed('seal.bin', [0, '\0']),
    'archive-member-missing',
  ],
  [
    'signature before seal',
    () => archive([piece('seal.p7s'), piece('seal.bin'), ...pieces.slice(2)]),
    'archive-member-missing',
  ],
  [
    'kernel after initramfs',
    () => archive([...pieces.filter((one) => one !== piece('kernel')), piece('kernel')]),
    'archive-member-missing',
  ],
  ['a member twice', () => before('initramfs.base', piece('kernel')), 'archive-member-twice'],
  ['the seal twice', () => before('seal.p7s', piece('seal.bin')), 'archive-member-twice'],
  ['the signature twice', () => before('manifest.json', piece('seal.p7s')), 'archive-member-twice'],
  [
    'a foreign member',
    () => before('kernel', stranger('extra', '0', ascii('x'))),
    'archive-stranger',
  ],
  [
    'a foreign member in front',
    () => before('seal.bin', stranger('a', '0', ascii('x'))),
    'archive-stranger',
  ],
  [
    'a foreign member at the end',
    () => archive([...pieces, stranger('z', '0', ascii('x'))]),
    'archive-stranger',
  ],
  ['a path for a name', () => changed('seal.bin', [0, './seal.bin']), 'archive-stranger'],
  ['an absolute name', () => changed('kernel', [0, '/kernel']), 'archive-stranger'],
  ['a name that climbs', () => changed('kernel', [0, '../../etc/x']), 'archive-stranger'],
  [
    'a name that climbs and returns',
    () => changed('kernel', [0, 'a/../kernel']),
    'archive-stranger',
  ],
  ['a name in upper case', () => changed('kernel', [0, 'Kernel']), 'archive-stranger'],
  [
    'a name with a control character',
    () => changed('kernel', [0, 'kern\x1b[2J']),
    'archive-stranger',
  ],
  ['a name of 100 letters', () => changed('kernel', [0, 'k'.repeat(100)]), 'archive-stranger'],
  ['bytes after a name', () => changed('seal.bin', [20, 'x']), 'archive-stranger'],
  ['a wrong checksum', () => at(148, '000000 \0'), 'archive-checksum'],
  ['a checksum with a sign', () => at(148, '-00001 \0'), 'archive-checksum'],
  ['a link name', () => changed('seal.bin', [157, 'kernel']), 'archive-link'],
  ['another mode', () => changed('seal.bin', [100, '000755 \0']), 'archive-mode'],
  ['an owner', () => changed('seal.bin', [108, '000001 \0']), 'archive-owner'],
  ['a group', () => changed('seal.bin', [116, '000001 \0']), 'archive-owner'],
  ['an owner name', () => changed('seal.bin', [265, 'root']), 'archive-rest'],
  ['a device number', () => changed('seal.bin', [329, '000001 \0']), 'archive-rest'],
  ['a name prefix', () => changed('seal.bin', [345, 'boot']), 'archive-rest'],
  ['bytes after the prefix', () => changed('seal.bin', [500, 'x']), 'archive-rest'],
  ['a time', () => changed('seal.bin', [136, '00000000001 ']), 'archive-time'],
  ["GNU tar's magic", () => changed('seal.bin', [257, 'ustar  \0']), 'archive-magic'],
  ['no magic, as before POSIX', () => changed('seal.bin', [257, '\0'.repeat(8)]), 'archive-magic'],
  ['numbers as GNU tar ends them', () => changed('seal.bin', [100, '0000644\0']), 'archive-mode'],
  [
    'a size in base 256',
    () => changed('seal.bin', [124, '\x80\0\0\0\0\0\0\0\0\0\x05\x00']),
    'archive-size',
  ],
  [
    'a negative size in base 256',
    () => changed('seal.bin', [124, '\xff'.repeat(12)]),
    'archive-size',
  ],
  [
    'a size beyond 2^64 in base 256',
    () => changed('kernel', [124, `\x80${'\xff'.repeat(11)}`]),
    'archive-size',
  ],
  ['a size with a sign', () => changed('kernel', [124, '-0000000001 ']), 'archive-size'],
  ['a size with spaces', () => changed('kernel', [124, '        454 ']), 'archive-size'],
  ['a size of twelve digits', () => changed('kernel', [124, '777777777777']), 'archive-size'],
  ['a size of 8 GiB', () => changed('kernel', [124, '77777777777 ']), 'archive-member-large'],
  [
    'a size one byte too far',
    () => changed('purgatory', [124, '00000020001 ']),
    'archive-member-cut',
  ],
  ['a size of zero', () => changed('seal.bin', [124, '00000000000 ']), 'archive-member-empty'],
  ['another end of the size field', () => changed('seal.bin', [135, '\0']), 'archive-size'],
  ['padding that is not zero', () => at(block + parts.seal.length, 'x'), 'archive-padding'],
  ...types.map(
    ([what, type]): Entry => [
      `a member that is ${what}`,
      () => changed('kernel', [156, type]),
      'archive-kind',
    ],
  ),
  [
    'a pax header with another path',
    () => before('kernel', stranger('PaxHeaders/kernel', 'x', paxRecord('path=kernel'))),
    'archive-stranger',
  ],
  [
    'a pax header named as a member',
    () => before('kernel', stranger('kernel', 'x', paxRecord('size=300'))),
    'archive-kind',
  ],
  [
    'a global pax header',
    () => before('seal.bin', stranger('pax_global_header', 'g', paxRecord('comment=x'))),
    'archive-stranger',
  ],
  [
    'a GNU long name for a member',
    () => before('kernel', stranger('././@LongLink', 'L', ascii('kernel\0'))),
    'archive-stranger',
  ],
  ...(['seal.p7s', 'manifest.json', 'kernel', 'initramfs.base', 'purgatory'] as const).map(
    (name): Entry => [`no ${name}`, () => without(name), 'archive-member-missing'],
  ),
  ['no seal.bin', () => without('seal.bin'), 'archive-member-missing'],
  ['no sealed member that may be missing', () => without('elfcorehdr'), 'member-count'],
  [
    'an allowed member that is not sealed',
    () => archive([...pieces, stranger('boot_params', '0', ascii('x'))]),
    'member-count',
  ],
  [
    'another allowed member in place of a sealed one',
    () =>
      archive(
        pieces.toSpliced(
          names.indexOf('elfcorehdr'),
          1,
          stranger('initramfs.overlay', '0', piece('elfcorehdr').slice(block, block + 288)),
        ),
      ),
    'member-name',
  ],
];

const large = (name: 'seal.bin' | 'seal.p7s', size: number): Uint8Array =>
  archive(pieces.toSpliced(names.indexOf(name), 1, stranger(name, '0', new Uint8Array(size))));

if (new Set(entries.map(([name]) => name)).size !== entries.length) throw new Error('a name twice');
if (memberNames.length < names.length) throw new Error('unknown members');

export const archiveCases: readonly Case[] = [
  ...entries.map(
    ([name, bytes, detail]): Case => ({
      name: `archive: ${name}`,
      bytes,
      status: 'badEnvelope',
      detail,
    }),
  ),
  {
    name: 'archive: a seal of more than 1 MiB',
    bytes: () => large('seal.bin', (1 << 20) + 1),
    status: 'badEnvelope',
    detail: 'archive-member-large',
  },
  {
    name: 'archive: a signature of more than 64 KiB',
    bytes: () => large('seal.p7s', (64 << 10) + 1),
    status: 'badEnvelope',
    detail: 'archive-member-large',
  },
  {
    name: 'archive: a member of another size than sealed',
    bytes: () => packParts(parts, { members: withBytes('kernel', (bytes) => bytes.slice(1)) }),
    status: 'badEnvelope',
    detail: 'member-size',
  },
  {
    name: 'archive: a member of other bytes than sealed',
    bytes: () => packParts(parts, { members: withBytes('kernel', (bytes) => bytes.fill(7)) }),
    status: 'badDigest',
  },
  {
    name: 'archive: manifest of other bytes than sealed',
    bytes: () =>
      packParts(parts, { members: withBytes('manifest.json', (bytes) => bytes.fill(0x20)) }),
    status: 'badDigest',
  },
];

function withBytes(name: MemberName, change: (bytes: Uint8Array) => Uint8Array) {
  return parts.members.map((member) =>
    member.name === name ? { ...member, bytes: change(Uint8Array.from(member.bytes)) } : member,
  );
}
