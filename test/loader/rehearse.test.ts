/** `crashseal plan` with the loader itself, on a machine of files: every reason against a bundle is told. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { renderPlan } from '../../pipeline/cli/render-plan.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { type Plan, planOnMachine } from '../../pipeline/rehearse/rehearse.ts';
import { testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { sampleSeal, signedBundle } from '../fixtures/x86-64-bundle.ts';
import {
  changed,
  type MachineFiles,
  sampleIomem,
  sampleMachine,
} from '../fixtures/x86-64-machine.ts';
import { bench, run } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
let bundle: string;
beforeAll(async () => {
  here = await bench('loader-plan');
  bundle = here.write('web.crashseal', await signedBundle(here.keys));
}, 120_000);

async function plan(
  files: MachineFiles,
  bundles: readonly string[] = [bundle],
  at: number | undefined = now,
  trust: readonly string[] = [here.trust],
): Promise<Plan> {
  const facts = join(here.folder, 'facts.tar');
  const words = ['--root', here.machine(files), '--trust', here.trust, '--now', `${now}`];
  expect(run(here.program, '--facts', facts, ...words, bundle).code).toBe(0);
  return must(
    await planOnMachine(realHost(), readFileSync(here.program), {
      bundles,
      facts,
      trust,
      now: at,
    }),
  );
}

const reasons = ({ bundles }: Plan): readonly string[] =>
  bundles.flatMap(({ refusals }) => refusals.map(({ status }) => status));

describe('a plan', () => {
  test('of a good bundle for a good machine has nothing against it', async () => {
    const good = await plan(sampleMachine);
    expect(good.chosen).toBe(bundle);
    expect(reasons(good)).toEqual([]);
    expect(good.bundles[0]?.report.segments).toHaveLength(6);
  });

  const noRegion = sampleIomem.replace(/^.*Crash kernel\n/m, '');
  const every = changed({
    'etc/crashseal/epoch': '4\n',
    'var/lib/crashseal/floor': 'epoch 5\n',
    'sys/class/dmi/id/sys_vendor': 'Other\n',
    'sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
    'proc/sys/kernel/kexec_load_disabled': '1\n',
    'proc/iomem': noRegion,
    'sys/devices/system/cpu/present': '0-5\n',
    'sys/devices/system/cpu/possible': '0-5\n',
    ...Object.fromEntries(
      [0, 1, 2, 3, 4, 5].flatMap((cpu) => [
        [`sys/devices/system/cpu/cpu${cpu}/crash_notes`, `3d63d${cpu}00\n`],
        [`sys/devices/system/cpu/cpu${cpu}/crash_notes_size`, '368\n'],
      ]),
    ),
  });
  const all = [
    'bad-floor',
    'old-epoch',
    'wrong-machine',
    'lockdown',
    'load-disabled',
    'no-crash-region',
    'too-many-cpus',
  ];

  test('tells every reason, each in the words of the loader', async () => {
    const refused = await plan(every);
    expect(refused.chosen).toBeUndefined();
    expect([...reasons(refused)].toSorted()).toEqual(all.toSorted());
    const [only] = refused.bundles;
    expect(only?.elseLoaded).toBe(true);
    expect(only?.refusals[0]).not.toHaveProperty('assuming');
    for (const { error, assuming } of only?.refusals.slice(1) ?? []) {
      expect(error).toBeTruthy();
      expect(assuming).toBeTruthy();
    }
  });

  test.each(all)('tells %s when it is the only one', async (status) => {
    const only: Readonly<Record<string, readonly string[]>> = {
      'bad-floor': ['var/lib/crashseal/floor'],
      'old-epoch': ['etc/crashseal/epoch'],
      'wrong-machine': ['sys/class/dmi/id/sys_vendor'],
      lockdown: ['sys/kernel/security/lockdown'],
      'load-disabled': ['proc/sys/kernel/kexec_load_disabled'],
      'no-crash-region': ['proc/iomem'],
      'too-many-cpus': Object.keys(every).filter((path) => path.includes('/cpu/')),
    };
    const files = changed(
      Object.fromEntries((only[status] ?? []).map((path) => [path, every[path]])),
    );
    const refused = await plan(files);
    expect(reasons(refused)).toEqual([status]);
    expect(refused.bundles[0]?.elseLoaded).toBe(true);
  });

  test('of a bundle that is past its end goes on past the date', async () => {
    const old = here.write(
      'old.crashseal',
      await signedBundle(here.keys, { ...sampleSeal, notAfter: now + 60, notBefore: undefined }),
    );
    const files = changed({ 'etc/crashseal/epoch': '4\n' });
    expect(reasons(await plan(files, [old], now + 120))).toEqual(['expired', 'old-epoch']);
  });

  test("of a bad or a high floor goes on, with the loader's time for a clock that is slow", async () => {
    const bad = changed({ 'etc/crashseal/epoch': 'four\n' });
    expect(reasons(await plan(bad))).toEqual(['bad-floor']);
    // The clock restarted in 1970: past the epoch it is as late as before.
    const files = changed({
      'etc/crashseal/epoch': '3\n',
      'var/lib/crashseal/floor': `epoch 4\ntime ${now}\n`,
    });
    const refused = await plan(files, [bundle], 5);
    expect(reasons(refused)).toEqual(['old-epoch']);
    expect(refused.bundles[0]?.elseLoaded).toBe(true);
  });

  test('of another kernel goes on', async () => {
    const match = [
      { kind: 'equals', path: 'proc/sys/kernel/osrelease', value: '6.1.0-other' },
      {
        kind: 'buildId',
        path: 'sys/kernel/notes',
        value: '5b0e2c1f7a7f4d0c8a1d5b0e2c1f7a7f4d0c8a1d',
      },
    ] as const;
    const sealed = await signedBundle(here.keys, { ...sampleSeal, match });
    const files = changed({ 'sys/kernel/notes': new Uint8Array(40) });
    const refused = await plan(files, [here.write('other.crashseal', sealed)]);
    expect(reasons(refused)).toEqual(['wrong-kernel', 'wrong-kernel']);
    expect(refused.bundles[0]?.elseLoaded).toBe(true);
  });

  test('of an expired signer goes on at a time when it was valid', async () => {
    const files = changed({ 'etc/crashseal/epoch': '4\n' });
    const later = await plan(files, [bundle], now + 400 * 86_400);
    expect(reasons(later).slice(0, 2)).toEqual(['bad-chain', 'old-epoch']);
  });

  test('goes past no signature that is wrong', async () => {
    const bytes = Uint8Array.from(readFileSync(bundle));
    bytes[0x230] = (bytes[0x230] ?? 0) ^ 1;
    const broken = here.write('broken.crashseal', bytes);
    const refused = await plan(changed({ 'etc/crashseal/epoch': '4\n' }), [broken]);
    expect(reasons(refused)).toHaveLength(1);
    expect(refused.bundles[0]).toMatchObject({
      elseLoaded: false,
      report: { status: 'bad-signature' },
    });
  });

  test('trusts what any of several stores trusts', async () => {
    const stranger = await testKeys();
    const other = here.write('other.pem', stranger.file('root.pem').bytes);
    const refused = await plan(sampleMachine, [bundle], now, [other]);
    expect(reasons(refused)).toEqual(['bad-chain']);
    const both = await plan(sampleMachine, [bundle], now, [other, here.trust]);
    expect(both.chosen).toBe(bundle);
  });

  test('leaves the facts and what it was given as they were', async () => {
    const before = readFileSync(bundle);
    await plan(every);
    expect(readFileSync(bundle).equals(before)).toBe(true);
  });

  test('of several takes the highest epoch, and of a folder every bundle', async () => {
    const folder = join(here.folder, 'candidates');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const [name, epoch] of [
      ['a', 3n],
      ['b', 9n],
      ['c', 9n],
    ] as const)
      writeFileSync(
        join(folder, `${name}.crashseal`),
        await signedBundle(here.keys, { ...sampleSeal, epoch }),
      );
    writeFileSync(join(folder, 'notes.txt'), 'not a bundle');
    writeFileSync(join(folder, '.crashseal'), 'not a bundle');
    const best = await plan(sampleMachine, [folder]);
    expect(best.chosen).toBe(join(folder, 'b.crashseal'));
    expect(best.bundles.map(({ path }) => path)).toHaveLength(3);
    const named = here.write('größte.crashseal', readFileSync(join(folder, 'c.crashseal')));
    expect((await plan(sampleMachine, [bundle, named, folder])).chosen).toBe(named);
  });

  test('of a bundle for testing says so', async () => {
    const sealed = await signedBundle(here.keys, { ...sampleSeal, flags: ['testing'] });
    const testing = await plan(sampleMachine, [here.write('testing.crashseal', sealed)]);
    expect(renderPlan(testing)).toContain('TESTING: ');
    expect(renderPlan(await plan(sampleMachine))).not.toContain('TESTING');
  });
});
