import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { uncompressFiles, xzSize, zstdSize } from '../../pipeline/inputs/uncompress.ts';
import { must } from '../fixtures/results.ts';

const host = realHost();
const content = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * 7919 + (at >> 8)) & 0xff);
const pack = (command: string, input: Uint8Array): Uint8Array =>
  Uint8Array.from(execFileSync(command, ['-c', '-q'], { input, maxBuffer: 1 << 26 }));

const sizes = [0, 1, 255, 256, 65_791, 65_792, 300_000];

test.each(sizes)('%i bytes: the size stands in what xz and zstd wrote', async (size) => {
  await host.withTempFolder(async (folder) => {
    const bytes = content(size);
    expect(xzSize(pack('xz', bytes))).toBe(size);
    // From a file, because zstd states the size only where it knows it beforehand.
    await host.writeFile(`${folder}/x`, bytes);
    execFileSync('zstd', ['-q', `${folder}/x`]);
    expect(zstdSize((await host.readFile(`${folder}/x.zst`)) ?? new Uint8Array())).toBe(size);
  });
});

test('files of every kind come back in their order, also where no size is stated', async () => {
  const bytes = sizes.map(content);
  const files = bytes.flatMap((plain, at) => [
    { path: `${at}.ko.xz`, bytes: pack('xz', plain), plain },
    { path: `a b/${at}.ko.zst`, bytes: pack('zstd', plain), plain },
    { path: `${at}.ko`, bytes: plain, plain },
    { path: `-${at}.ko.gz`, bytes: Uint8Array.from(gzipSync(plain)), plain },
  ]);
  const unpacked = must(await uncompressFiles(host, files));
  for (const [at, { path, plain }] of files.entries())
    expect({ path, same: Buffer.compare(unpacked[at] ?? new Uint8Array(), plain) }).toEqual({
      path,
      same: 0,
    });
});

test.each(['xz', 'zst', 'gz'])('a damaged .ko.%s is named', async (ending) => {
  const plain = content(50_000);
  const packed = (): Uint8Array =>
    ending === 'gz'
      ? Uint8Array.from(gzipSync(plain))
      : pack(ending === 'xz' ? 'xz' : 'zstd', plain);
  const damaged = packed();
  damaged.fill(0x55, 200, 260);
  const files = [
    { path: `good.ko.${ending}`, bytes: packed() },
    { path: `bad.ko.${ending}`, bytes: damaged },
  ];
  expect(await uncompressFiles(host, files)).toMatchObject({
    ok: false,
    problems: [{ kind: 'module-damaged', path: `bad.ko.${ending}` }],
  });
});

test.each(['xz', 'zst', 'gz'])('a .ko.%s that unpacks to gigabytes is refused', async (ending) => {
  const zeros = 'head -c 260M /dev/zero';
  const command = { xz: 'xz -1', zst: 'zstd -q', gz: 'gzip -1' }[ending];
  const bomb = Uint8Array.from(
    execFileSync('sh', ['-c', `${zeros} | ${command}`], { maxBuffer: 8 << 20 }),
  );
  expect(bomb.length).toBeLessThan(4 << 20);
  const good = { path: `good.ko.${ending}`, bytes: pack(command?.split(' ')[0] ?? '', content(9)) };
  expect(
    await uncompressFiles(host, [good, { path: `bomb.ko.${ending}`, bytes: bomb }]),
  ).toMatchObject({
    ok: false,
    problems: [{ kind: 'module-damaged', path: `bomb.ko.${ending}` }],
  });
});
