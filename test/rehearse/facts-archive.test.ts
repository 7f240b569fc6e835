/** Anyone may have made an archive of facts: reading one ends soon, and with one message. */
import { expect, test } from 'vitest';
import { packTar } from '../../pipeline/format/tar.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { unpackFacts } from '../../pipeline/rehearse/facts-archive.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { kindsOf } from '../fixtures/profile-and-inputs.ts';

const tar = async (names: readonly string[]): Promise<Uint8Array> =>
  joinBytes(await packTar(names.map((name) => ({ name, bytes: Uint8Array.of(1) }))));
const unpack = async (bytes: Uint8Array) => {
  const host = memoryHost({ '/facts.tar': bytes });
  const result = await unpackFacts(host, '/facts.tar', '/root');
  return { kinds: kindsOf(result), written: host.paths().filter((path) => path !== '/facts.tar') };
};

test('tens of thousands of members are refused, and none is written', async () => {
  const names = Array.from({ length: 40_002 }, (_, at) => `sys/${at}`);
  expect(await unpack(await tar(names))).toEqual({ kinds: 'facts-not-archive', written: [] });
}, 60_000);

test('a member that is a file and a folder is refused by name', async () => {
  expect(await unpack(await tar(['proc/x', 'proc/x/y']))).toEqual({
    kinds: 'facts-member',
    written: [],
  });
});

test('neither a device nor a file of gigabytes is read', async () => {
  const host = realHost();
  await host.withTempFolder(async (temp) => {
    expect(kindsOf(await unpackFacts(host, '/dev/zero', `${temp}/a`))).toBe('facts-not-archive');
    await host.run('truncate', ['-s', '5G', '--', `${temp}/large.tar`]);
    expect(kindsOf(await unpackFacts(host, `${temp}/large.tar`, `${temp}/b`))).toBe(
      'facts-not-archive',
    );
  });
});
