import { pack } from 'tar-stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { memberNames, packBundle } from '../../pipeline/seal/archive.ts';
import { loaderDriver } from '../support/loader-host.ts';
import { Bench, bundleWith, sealBytes } from './bundles.ts';

let bench: Bench;
let good: Uint8Array;
beforeAll(async () => {
  bench = new Bench(loaderDriver('check'), 'out/test/loader-envelope');
  good = await bundleWith();
});

const block = 512;
/** Replaces bytes at `at`, and makes the header's checksum right again where `header` says so. */
function altered(at: number, text: string, header?: number): Uint8Array {
  const bytes = Uint8Array.from(good);
  bytes.set(Buffer.from(text, 'latin1'), at);
  if (header !== undefined) {
    bytes.fill(0x20, header + 148, header + 156);
    const sum = bytes.subarray(header, header + block).reduce((total, byte) => total + byte, 0);
    bytes.set(Buffer.from(`${sum.toString(8).padStart(6, '0')} \0`), header + 148);
  }
  return bytes;
}
const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts));

/** Members one by one, header, data and padding; and the two blocks of the end. */
const pieces = (): readonly Uint8Array[] => {
  const list: Uint8Array[] = [];
  for (let at = 0; list.length < memberNames.length; ) {
    const size = Number.parseInt(Buffer.from(good.subarray(at + 124, at + 135)).toString(), 8);
    const end = at + block + Math.ceil(size / block) * block;
    list.push(good.slice(at, end));
    at = end;
  }
  list.push(good.slice(-2 * block));
  return list;
};
const piece = (name: string): Uint8Array => {
  const found = pieces()[(memberNames as readonly string[]).indexOf(name)];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const without = (...names: readonly string[]): Uint8Array =>
  concat(...pieces().filter((_, index) => !names.includes(memberNames[index] ?? '')));

test('a bundle as the tool packs it opens, with every member', () => {
  const opened = bench.open(good);
  expect(opened.status).toBe('ok');
  expect(opened.found).toEqual(
    memberNames.map((name) => `${name} ${name === 'seal.bin' ? sealBytes.length : name.length}`),
  );
});

test('members that a bundle may lack can be missing', () => {
  expect(bench.open(without('initramfs.overlay')).status).toBe('ok');
  expect(bench.open(without('boot_params')).status).toBe('ok');
});

test('members of every size around a block are found', async () => {
  for (const size of [1, 511, 512, 513, 4096]) {
    const bytes = await bundleWith({ kernel: new Uint8Array(size).fill(7) });
    expect(bench.open(bytes).found).toContain(`kernel ${size}`);
  }
});

test('a bundle cut off anywhere is refused', () => {
  const [refused, size] = bench.run('truncations', bench.file('bundle', good)).trim().split(' ');
  expect(refused).toBe(size);
  expect(size).toBe(String(good.length));
});

describe('an archive is refused, and told why', () => {
  const refused: Readonly<Record<string, readonly [() => Uint8Array, string]>> = {
    'that is empty': [() => new Uint8Array(1024), 'member seal.bin is missing'],
    'that is no archive': [
      () => Uint8Array.from(Buffer.alloc(2048, 'no tar ')),
      'which is no member of a bundle',
    ],
    'without its end': [() => good.slice(0, -1024), 'the archive has no end'],
    'with one zero block at its end': [() => good.slice(0, -512), 'the end is cut off'],
    'with bytes behind its end': [
      () => concat(good, new Uint8Array(512)),
      'something behind the end',
    ],
    'with a second archive behind its end': [() => concat(good, good), 'something behind the end'],
    'with a member after one zero block': [
      () => concat(good.slice(0, -512), piece('kernel'), new Uint8Array(1024)),
      'a single zero block',
    ],
    'with a member between the zero blocks': [
      () =>
        concat(
          ...pieces().slice(0, -1),
          new Uint8Array(512),
          piece('boot_params'),
          new Uint8Array(1024),
        ),
      'a single zero block',
    ],
    'with a last name that begins with a zero byte': [
      () => {
        const last = piece('boot_params');
        last[0] = 0;
        return concat(...pieces().slice(0, -2), last, new Uint8Array(1024));
      },
      'a header begins with a zero byte',
    ],
    'with a first name that begins with a zero byte': [
      () => altered(0, '\0', 0),
      'member seal.bin is missing',
    ],
    'with members in another order': [
      () => {
        const [seal, signature, ...rest] = pieces();
        return concat(signature ?? good, seal ?? good, ...rest);
      },
      'member seal.bin is missing, or not in its place',
    ],
    'with a member out of place further on': [
      () => {
        const list = [...pieces()];
        const purgatory = list.splice(7, 1);
        list.splice(4, 0, ...purgatory);
        return concat(...list);
      },
      'member initramfs.base is missing, or not in its place',
    ],
    'with a member twice': [
      () => concat(...pieces().slice(0, 4), piece('kernel'), ...pieces().slice(4)),
      'member kernel is there twice',
    ],
    'with a member that is too much': [
      () =>
        concat(
          ...pieces().slice(0, -1),
          altered(0, 'extra\0\0\0', 0).slice(0, 1024),
          new Uint8Array(1024),
        ),
      'the archive holds "extra", which is no member',
    ],
    'with a path for a name': [() => altered(0, './seal.bin', 0), '"./seal.bin"'],
    'with bytes behind a name': [() => altered(20, 'x', 0), 'seal.bin\\x00'.slice(0, 8)],
    'without a member that is needed': [() => without('purgatory'), 'member purgatory is missing'],
    'without its signature': [() => without('seal.p7s'), 'member seal.p7s is missing'],
    'with a wrong checksum': [() => altered(148, '000000 \0'), 'has a wrong header checksum'],
    'with a hard link': [() => altered(156, '1', 0), 'is not a regular file'],
    'with a symbolic link': [() => altered(156, '2', 0), 'is not a regular file'],
    'with an old-style regular file': [() => altered(156, '\0', 0), 'is not a regular file'],
    'with a pax header': [() => altered(156, 'x', 0), 'is not a regular file'],
    'with a link name': [() => altered(157, 'kernel', 0), 'has a link name'],
    'with another mode': [() => altered(100, '000755 \0', 0), 'has a mode other than 0644'],
    'with an owner': [() => altered(108, '000001 \0', 0), 'has an owner other than 0:0'],
    'with an owner name': [() => altered(265, 'root', 0), 'owner names'],
    'with a time': [() => altered(136, '00000000001 ', 0), 'has a time other than 0'],
    "with GNU tar's magic": [() => altered(257, 'ustar  \0', 0), 'is not in ustar format'],
    'with numbers as GNU tar writes them': [() => altered(100, '0000644\0', 0), 'has a mode'],
    'with a name prefix': [() => altered(345, 'boot', 0), 'name prefix'],
    'with a size in base 256': [
      () => altered(124, '\x80\0\0\0\0\0\0\0\0\0\0\x16', 0),
      'has a size that is not octal',
    ],
    'with a size beyond its end': [() => altered(124, '77777777777 ', 0), 'is larger than allowed'],
    'with a size of zero': [() => altered(124, '00000000000 ', 0), 'is empty'],
    'with padding that is not zero': [() => altered(1023, 'x'), 'has padding that is not zero'],
    'with another end of the size field': [() => altered(135, '\0', 0), 'the one form'],
  };
  test.each(Object.entries(refused))('%s', (_name, [make, why]) => {
    const verdict = bench.open(make());
    expect(verdict.status).toBe('bad-envelope');
    expect(verdict.message).toContain(why);
    expect(verdict.hint).not.toBe('');
  });
});

test('a seal or signature of absurd size is refused before it is read', async () => {
  const [seal, signature] = [new Uint8Array((1 << 20) + 1), new Uint8Array((64 << 10) + 1)];
  expect(bench.open(await bundleWith({ 'seal.bin': seal })).message).toBe(
    'member seal.bin is larger than allowed',
  );
  expect(bench.open(await bundleWith({ 'seal.p7s': signature })).message).toBe(
    'member seal.p7s is larger than allowed',
  );
});

test('a member of another archive with long names and pax records is refused', async () => {
  const archive = pack();
  archive.entry({ name: `${'x'.repeat(150)}`, size: 1, mtime: new Date(0) }, 'x');
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  expect(bench.open(concat(...chunks)).status).toBe('bad-envelope');
});

test('a bundle of two members is not a bundle', async () => {
  const bytes = await packBundle([
    { name: 'seal.bin', bytes: sealBytes },
    { name: 'seal.p7s', bytes: sealBytes },
  ]);
  expect(bench.open(bytes).message).toBe('member manifest.json is missing');
});
