import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Fleet } from '../../pipeline/format/fleet-report.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { runCli } from '../cli/memory-world.ts';
import {
  metricsText,
  notArmedJson,
  statusJson,
  wouldNotDumpJson,
} from '../fixtures/fleet-reports.ts';
import { testKeys } from '../fixtures/keys.ts';
import { day, now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const at = ['--at', new Date(now * 1000).toISOString().replace('.000', '')];

/** Files of a machine's age, in a folder of their own. */
function reports(
  name: string,
  files: Readonly<Record<string, readonly [string, number?]>>,
): string {
  const folder = freshWorkFolder(`fleet-${name}`);
  for (const [path, [text, age = 60]] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    utimesSync(join(folder, path), now - age, now - age);
  }
  return folder;
}

const host = realHost();
const cli = (...words: readonly string[]) => runCli([...words, ...at], host);

const hostile = '<script>alert(1)</script>\u001b[2J\nweb9  dumps\u202e"\'&';

const some = {
  'web1.json': [statusJson()],
  'web2/crashseal.prom': [metricsText()],
  'web3.json': [wouldNotDumpJson(hostile)],
  'web4.json': [notArmedJson()],
  'web5.json': [statusJson({ certificatesUntil: '2027-01-20T00:00:00Z' }), 9 * 3600],
  'web6.json': ['{'],
  'more/README.txt': ['nothing'],
  '.web7.json.tmp': ['{'],
  '.web8.json': ['{'],
} as const;

describe('crashseal fleet status', () => {
  test('is as in its golden file', async () => {
    const folder = reports('golden', { ...some, hosts: ['web1\nweb2\nweb3\nweb4\nweb5\nweb8\n'] });
    const { status, out, talk } = await cli(
      'fleet',
      'status',
      '--hosts',
      `${folder}/hosts`,
      folder,
    );
    expect([status, talk]).toEqual([1, '']);
    await expect(out.replaceAll(folder, 'reports')).toMatchFileSnapshot(
      '../golden/cli/fleet-status.txt',
    );
  });

  test('is 0 when all is well, and says the same as JSON', async () => {
    const folder = reports('well', { 'web1.json': [statusJson()], 'web2.prom': [metricsText()] });
    expect(await cli('fleet', 'status', folder)).toMatchObject({ status: 0, talk: '' });
    const { status, out } = await cli('fleet', 'status', '--json', folder);
    const fleet = JSON.parse(out) as Fleet;
    expect([status, fleet.counts.wouldDump, fleet.counts.reported]).toEqual([0, 2, 2]);
    // A longer patience for the same reports.
    const old = reports('old', { 'web1.json': [statusJson(), 3 * day] });
    expect((await cli('fleet', 'status', old)).status).toBe(1);
    expect((await cli('fleet', 'status', '--stale-after', '7d', old)).status).toBe(0);
  });

  test('what is no file, too large, forbidden or gone is named, and blocks nothing', async () => {
    const folder = reports('odd', { 'web1.json': [statusJson()], 'dark.json': [statusJson()] });
    execFileSync('mkfifo', [join(folder, 'pipe.json')]);
    symlinkSync('/dev/zero', join(folder, 'zero.json'));
    symlinkSync('nowhere', join(folder, 'gone.json'));
    symlinkSync('loop.json', join(folder, 'loop.json'));
    writeFileSync(join(folder, 'large.json'), `{${' '.repeat(5 << 20)}}`);
    chmodSync(join(folder, 'dark.json'), 0);
    const { out } = await cli('fleet', 'status', '--json', folder);
    const fleet = JSON.parse(out) as Fleet;
    const reasons = Object.fromEntries(
      fleet.unused.map(({ from, reason }) => [from.replace(/.*\//, ''), reason]),
    );
    expect(reasons).toMatchObject({
      'pipe.json': 'unreadable',
      'zero.json': 'unreadable',
      'gone.json': 'unreadable',
      'loop.json': 'unreadable',
      'large.json': 'too-large',
    });
    expect(fleet.machines.map((one) => one.host)).toContain('web1');
  });

  test('a path that is not there, and a bad list of machines, are problems', async () => {
    const folder = reports('bad', { 'web1.json': [statusJson()], hosts: ['web 1\n'] });
    const gone = await cli('fleet', 'status', folder, `${folder}/gone`);
    expect([gone.status, gone.out]).toEqual([1, '']);
    expect(gone.talk).toContain('is neither a file nor a folder');
    const list = await cli('fleet', 'status', '--hosts', `${folder}/hosts`, folder);
    expect(list.talk).toContain('hosts:1: "web 1" is not the name of a machine');
    expect((await cli('fleet', 'status', '--hosts', `${folder}/none`, folder)).talk).toContain(
      'cannot be found',
    );
  });

  test('the page has all of it, and a report is text to it', async () => {
    const folder = reports('page', { ...some, hosts: ['web1\nweb2\nweb8\n'] });
    const page = join(folder, 'fleet.html');
    await cli('fleet', 'status', '--hosts', `${folder}/hosts`, '--html', page, folder);
    const text = readFileSync(page, 'utf8');
    for (const words of [
      'Which bundles where',
      'What would not dump, and why',
      'What ends when',
      'web8',
      'it is not JSON',
      'not on the list',
      'Reports are not signed',
    ])
      expect(text).toContain(words);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;?[2J?web9  dumps?');
    expect(text).not.toMatch(/<script|[^\n\P{C}]| on\w+=|src=|https?:/u);
    expect(text).toContain('default-src &#39;none&#39;');
  });
});

describe('crashseal fleet gate', () => {
  const terms = ['--min-armed', '90%', '--min-would-dump', '90%'];

  test('answers with its exit status', async () => {
    const folder = reports('gate', {
      'all/web1.json': [statusJson()],
      'all/web2.json': [statusJson()],
      'half/web1.json': [statusJson()],
      'bad/web1.json': [statusJson()],
      'bad/web2.json': [wouldNotDumpJson('gone')],
      'ring1.txt': ['web1\nweb2\n'],
    });
    const gate = (which: string) =>
      cli('fleet', 'gate', `${folder}/ring1.txt`, '--reports', `${folder}/${which}`, ...terms);
    const go = await gate('all');
    expect([go.status, go.talk]).toEqual([0, '']);
    expect(go.out).toMatch(/^ring ring1 +GO/);
    expect(await gate('half')).toMatchObject({ status: 4 });
    const back = await gate('bad');
    expect(back.status).toBe(1);
    await expect(back.out).toMatchFileSnapshot('../golden/cli/fleet-gate-back.txt');
    expect(await runCli(['fleet', 'gate', `${folder}/ring1.txt`], host)).toMatchObject({
      status: 2,
    });
  });

  test('with a bundle, it must be the one that is armed, and may have to be one that was tried', async () => {
    const { signer, file } = await testKeys();
    const bundle = await sampleBundle(signer);
    const [sealMember] = must(await unpackBundle(bundle));
    const seal = sha256(sealMember?.bytes ?? new Uint8Array());
    const folder = reports('gate-bundle', {
      'new/web1.json': [statusJson({ sealDigest: seal })],
      'old/web1.json': [statusJson()],
      ring1: ['web1\n'],
    });
    writeFileSync(join(folder, 'web.crashseal'), bundle);
    writeFileSync(join(folder, 'trust.pem'), file('root.pem').bytes);
    const gate = (which: string, ...more: readonly string[]) =>
      cli(
        ...['fleet', 'gate', `${folder}/ring1`, '--reports', `${folder}/${which}`],
        ...['--bundle', `${folder}/web.crashseal`, ...more],
      );
    expect((await gate('new')).status).toBe(0);
    expect((await gate('old')).status).toBe(4);
    expect((await gate('new', '--trust', `${folder}/trust.pem`)).status).toBe(0);
    const asked = await gate('new', '--trust', `${folder}/trust.pem`, '--require-test-crash');
    expect([asked.status, asked.talk]).toEqual([1, '']);
    expect(asked.out).toContain('no trusted tester says that it passed test-crash');
  });
});

describe('the group', () => {
  test('shows its verbs, and is no verb itself', async () => {
    const help = await runCli(['fleet', '--help']);
    expect(help.status).toBe(0);
    for (const words of ['status', 'gate']) expect(help.out).toContain(words);
    expect((await runCli(['fleet'])).status).toBe(2);
    expect((await runCli(['fleet', 'stauts'])).talk).toContain('Did you mean status?');
  });
});
