import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { verbs } from '../../pipeline/cli/verbs.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { sampleBundle, sampleParts } from '../fixtures/sample-bundle.ts';
import { runCli } from './memory-world.ts';

let keys: TestKeys;
beforeAll(async () => {
  keys = await testKeys();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const inspect = async (bundle: Uint8Array, at: number, ...words: readonly string[]) =>
  (await runCli(['inspect', ...words, '/b'], memoryHost({ '/b': bundle }, { now: at }))).out;

/** What a build adds to what the seal says. */
const built = {
  arch: 'x86_64',
  dump: { compression: 'lzo', format: 'kdump', level: 31 },
  failureAction: 'halt',
  finalAction: 'reboot',
  inputs: [
    { name: 'kernel', origin: 'linux 6.12 amd64', sha256: '1'.repeat(64), size: 9_000_000 },
    { name: 'tools/makedumpfile', origin: 'makedumpfile', sha256: '2'.repeat(64), size: 123 },
  ],
  markerName: '4'.repeat(32),
  reservation: { options: ['512M,high', '128M,low'], smallest: '0x20000000' },
  targets: [
    { description: 'partition with label crashdump', kind: 'raw', timeout: 600 },
    { description: 'the server', kind: 'raw', timeout: 30, what: 'dmesg' },
  ],
  budget: 900,
  recipient: ['age1abc'],
};
const builtBundle = (changes: object = {}) =>
  sampleBundle(undefined, { manifest: (same) => ({ ...same, ...built, ...changes }) });

describe('inspect', () => {
  test('of a bundle that is not signed reads as in its golden file', async () => {
    const text = await inspect(await builtBundle(), now);
    await expect(text).toMatchFileSnapshot('../golden/cli/inspect.txt');
  });

  test('draws the whole reservation: every byte of it lies in a part that has a name', async () => {
    const host = memoryHost({ '/b': await builtBundle() }, { now });
    const { out } = await runCli(['inspect', '--svg', '/map.svg', '/b'], host);
    const { crashSize, segments } = sampleParts().seal;
    const map = out.slice(out.indexOf('Crash region as planned'), out.indexOf('\nMembers'));
    const rows = [...map.matchAll(/^ {2}[A-Z.] +0x([0-9a-f]+) +0x([0-9a-f]+) .* {2}(\S.*)$/gm)].map(
      ([, start, end, name]) => ({ start: Number(`0x${start}`), end: Number(`0x${end}`), name }),
    );
    // `crashkernel=512M,high`, of which a few pages are needed.
    expect([rows[0]?.start, rows.at(-1)?.end]).toEqual([0, 512 * 2 ** 20]);
    expect(Number(crashSize)).toBeLessThan(512 * 2 ** 20);
    for (const [index, { start }] of rows.entries()) expect(start).toBe(rows[index - 1]?.end ?? 0);
    const names = rows.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(segments.map(({ name }) => name)));
    expect(names.at(-1)).toBe('free, reserved beyond what is needed');
    const svg = new TextDecoder().decode(await host.readFile('/map.svg'));
    expect(svg).toContain('>0x20000000<');
    expect(svg).toContain('free, reserved beyond what is needed, ');
  });

  test.each([undefined, { smallest: 'all' }, { smallest: '0x1' }, 7])(
    'draws what is needed where the reservation is not told: %s',
    async (reservation) => {
      const out = await inspect(await builtBundle({ reservation }), now);
      expect(out).not.toContain('beyond what is needed');
    },
  );

  test('tells the digests by which seal and certificate can be revoked', async () => {
    const bundle = await sampleBundle(keys.signer);
    const text = await inspect(bundle, now);
    expect(text).toContain(sha256(encodeSeal(sampleParts().seal)));
    const certificate = keys.signer.certificates[0]?.der ?? new Uint8Array();
    expect(text).toContain(sha256(certificate));
    expect(JSON.parse(await inspect(bundle, now, '--json'))).toMatchObject({
      verified: false,
      sealDigest: sha256(encodeSeal(sampleParts().seal)),
      signatures: [{ kind: 'present', certificates: [{ sha256: sha256(certificate) }] }],
    });
  });

  test('says what has expired', async () => {
    const bundle = await sampleBundle(keys.signer);
    expect(await inspect(bundle, now)).not.toContain('EXPIRED');
    expect(await inspect(bundle, now + 2 * 86_400)).toMatch(/^valid .*EXPIRED$/m);
    expect(await inspect(bundle, now + 400 * 86_400)).toMatch(/^ +valid .*EXPIRED$/m);
  });

  test('tells dump target, dump level, actions, reservation, inputs and expiry', async () => {
    const text = await inspect(await builtBundle(), now);
    expect(text).toMatch(/^ {2}dump target +partition with label crashdump, 600 s$/m);
    expect(text).toMatch(/^ {2}then +the server, the log alone, 30 s$/m);
    expect(text).toMatch(/^ {2}encrypted to +age1abc$/m);
    expect(text).toMatch(/^ {2}budget +900 s for all of it$/m);
    expect(text).toMatch(/^ {2}dump +level 31, format kdump, compression lzo$/m);
    expect(text).toMatch(/^ {2}after the dump +reboot$/m);
    expect(text).toMatch(/^ {2}marker says +bundle=4{32}$/m);
    expect(text).toMatch(/^ {2}after a failure +halt$/m);
    expect(text).toMatch(
      /^ {2}reservation +crashkernel=512M,high crashkernel=128M,low, at least 512\.0 MiB$/m,
    );
    expect(text).toMatch(/^ {2}tools\/makedumpfile +makedumpfile +123 B +2{64}$/m);
    expect(text).toMatch(/^valid +from .*, until /m);
  });

  test('leaves to a finished initramfs what that decides', async () => {
    const inputs = [{ name: 'initramfs', origin: 'own.img', sha256: '3'.repeat(64), size: 1 }];
    const text = await inspect(await builtBundle({ inputs }), now);
    expect(text).toMatch(/^ {2}dump +as the finished initramfs decides$/m);
    expect(text).not.toContain('level 31');
  });

  test('lets no manifest steer the terminal or stop it', async () => {
    const odd = {
      arch: '\u001b[2J',
      dump: [1],
      inputs: [null, 'x', { name: '\u009b31m', size: 'much' }],
      reservation: { options: 'none', smallest: '0xzz' },
      targets: [{ description: 'a\u001b]0;b\u0007' }],
    };
    const text = await inspect(await builtBundle(odd), now);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('a\\u{1b}]0;b\\u{7}');
  });
});

describe('the documented lines for jq', () => {
  const piped = verbs.flatMap(({ name, examples }) =>
    examples.flatMap(({ command }): readonly (readonly [string, string])[] => {
      const filter = /\| jq '(.*)'$/.exec(command)?.[1];
      return filter === undefined ? [] : [[name, filter]];
    }),
  );
  const noJq = spawnSync('jq', ['--version']).status !== 0;

  test('are these', () => expect(piped.map(([name]) => name)).toEqual(['inspect', 'diff']));

  test.skipIf(noJq).each(piped)('%s: %s', async (name, filter) => {
    const files = { '/a': await sampleBundle(undefined), '/b': await sampleBundle(undefined) };
    const words = name === 'diff' ? ['--unverified', '/a', '/b'] : ['/a'];
    const { out } = await runCli([name, '--json', ...words], memoryHost(files, { now }));
    const ran = spawnSync('jq', ['-c', filter], { input: out, encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout.split('\n').slice(0, 2)).toEqual(
      name === 'inspect' ? ['"kernel"', '"0x0"'] : ['[]', ''],
    );
  });
});
