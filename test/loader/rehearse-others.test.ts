/**
 * The facts of machines of other architectures, as their own loaders write them, planned on here with the one program
 * that knows all: what it shows is what their loader emits.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { planOnMachine } from '../../pipeline/rehearse/rehearse.ts';
import { words } from '../../pipeline/units/words.ts';
import { i386Machine, i386Parts } from '../fixtures/i386-machine.ts';
import { now } from '../fixtures/now.ts';
import { crashBase, ppc64Machine, ppc64Parts, ppc64Tree } from '../fixtures/ppc64-machine.ts';
import { must } from '../fixtures/results.ts';
import { treeIomem, treeMachine, treeParts } from '../fixtures/tree-machine.ts';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { changed, type MachineFiles, writeMachine } from '../fixtures/x86-64-machine.ts';
import { rehearsingLoader, shippedLoader } from '../support/loader-host.ts';
import {
  arm64UserEmulator,
  i386UserEmulator,
  ppc64leUserEmulator,
  riscv64UserEmulator,
} from '../support/user-emulation.ts';
import { bench, readReport } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
beforeAll(async () => {
  here = await bench('loader-plan-others');
}, 240_000);

const noPsci = changed(
  { 'proc/device-tree/psci/compatible': undefined, 'proc/iomem': treeIomem('arm64', []) },
  treeMachine('arm64'),
);
const systems = [
  {
    arch: 'arm64',
    emulator: arm64UserEmulator,
    machine: treeMachine('arm64'),
    parts: treeParts('arm64'),
    bad: noPsci,
    refusals: ['no-crash-region', 'bad-live-value'],
  },
  {
    arch: 'riscv64',
    emulator: riscv64UserEmulator,
    machine: treeMachine('riscv64'),
    parts: treeParts('riscv64'),
    bad: changed({ 'sys/firmware/fdt': new Uint8Array(64) }, treeMachine('riscv64')),
    refusals: ['bad-live-value'],
  },
  {
    arch: 'i386',
    emulator: i386UserEmulator,
    machine: i386Machine,
    parts: i386Parts(64),
    bad: changed({ 'proc/sys/kernel/osrelease': '5.4.0\n' }, i386Machine),
    refusals: ['wrong-kernel'],
  },
  {
    arch: 'ppc64le',
    emulator: ppc64leUserEmulator,
    machine: ppc64Machine,
    parts: await ppc64Parts(),
    bad: changed({ [crashBase]: undefined, 'sys/firmware/fdt': ppc64Tree([]) }, ppc64Machine),
    refusals: ['no-crash-region', 'bad-live-value'],
  },
] as const;

describe.each(systems)('$arch', ({ arch, emulator, machine, parts, bad, refusals }) => {
  const asked = (files: MachineFiles): readonly string[] =>
    words`--root ${writeMachine(join(here.folder, 'root'), files)} --trust ${here.trust} --now ${now}`;
  const theirs = (...args: readonly string[]) =>
    spawnSync(emulator, [shippedLoader(arch), ...args], { encoding: 'utf8' });

  async function planned(files: MachineFiles) {
    const bundle = here.write(
      `${arch}.crashseal`,
      await signedBundle(here.keys, parts.seal, parts.members),
    );
    const facts = join(here.folder, `${arch}.tar`);
    const wrote = theirs('--facts', facts, ...asked(files), bundle);
    expect(wrote.status, wrote.stderr).toBe(0);
    const program = readFileSync(rehearsingLoader('x86_64'));
    const plan = must(
      await planOnMachine(realHost(), program, {
        bundles: [bundle],
        facts,
        trust: [here.trust],
        now,
      }),
    );
    return { plan, bundle };
  }

  test('a plan is what the loader of the machine does', async () => {
    const { plan, bundle } = await planned(machine);
    expect(plan.bundles[0]?.refusals).toEqual([]);
    const emitted = join(here.folder, `emitted-${arch}`);
    rmSync(emitted, { recursive: true, force: true });
    const did = readReport(theirs('--json', '--emit', emitted, ...asked(machine), bundle).stdout);
    expect(did.status).toBe('ok');
    const shown = plan.bundles[0]?.report;
    for (const key of ['segments', 'entry', 'commandLine', 'machine', 'bundle'] as const)
      expect(shown?.[key]).toEqual(did[key]);
    expect(shown?.bundle?.architecture).toBe(arch);
  });

  test('and tells what speaks against a load there', async () => {
    const { plan } = await planned(bad);
    expect(plan.bundles[0]?.refusals.map(({ status }) => status)).toEqual(refusals);
  });
});
