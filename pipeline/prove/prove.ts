/**
 * A sealed bundle and a machine made for it -> what was seen when it panicked. Whatever becomes of a guest is a
 * finding; only what keeps a bundle from being tried at all is a problem.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { architectureOf, archNames } from '../arch/arch.ts';
import { keepState } from '../guest/kept-state.ts';
import { machines, qemuProgram } from '../guest/machines/machines.ts';
import { SystemGuest } from '../guest/system-guest.ts';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { manifestName, parseObject } from '../seal/manifest.ts';
import { openVerified } from '../seal/verify.ts';
import { copyTrust } from '../sign/copied-trust.ts';
import { sha256 } from '../units/sha256.ts';
import {
  type Bench,
  BusyHost,
  guestArch,
  guestOptions,
  makeSystem,
  type PanicBy,
  type TargetDisk,
  unlessBusy,
  withGuest,
} from './bench.ts';
import { arm, armCheck, disksOf, fetchDump, panicAndEnd } from './capture.ts';
import { type Finding, Findings, outcomeOf } from './finding.ts';
import { flipsFor, tryFlip } from './flips.ts';
import { findParts, type PartsWishes } from './parts.ts';
import { placeOf } from './place.ts';
import type { Proof } from './proof.ts';
import { readSealed, type Sealed } from './sealed.ts';
import { type MachineFacts, type Shape, shapeOf } from './shape.ts';

export type ProveWishes = Omit<PartsWishes, 'say'> & {
  readonly trust: readonly string[];
  readonly facts: MachineFacts | undefined;
  readonly cpus: number | undefined;
  /** MiB. */
  readonly memory: number | undefined;
  /** MiB of each disk that a target names. */
  readonly disk: number | undefined;
  readonly panicBy: PanicBy;
  readonly quick: boolean;
  readonly seconds: number;
  /** Folder for console logs; undefined: they go with the rest. */
  readonly logs: string | undefined;
};

export async function proveBundle(
  host: Host,
  path: string,
  wishes: ProveWishes,
  say: (detail: string) => void,
): Promise<Result<Proof>> {
  const started = performance.now();
  say('verifying');
  const opened = await openVerified(host, path, { trust: wishes.trust });
  if (!opened.ok) return opened;
  const { bundle } = opened.value;
  const manifest = parseObject(
    bundle.members.find(({ name }) => name === manifestName)?.bytes ?? new Uint8Array(),
  );
  const read = readSealed(manifest ?? {});
  if (!read.ok) return read;
  const sealed = read.value;
  const known = archNames.find((one) => one === sealed.arch);
  const arch = guestArch(sealed.arch);
  if (arch === undefined || known === undefined)
    return fail({ area: 'prove', kind: 'no-machine', arch: sealed.arch });
  const machine = machines[arch];
  const architecture = architectureOf(known);
  const program = qemuProgram(arch);
  const asked = await host.run(program, ['--version']);
  if (!asked.ok || asked.value.exitCode !== 0)
    return fail({ area: 'prove', kind: 'no-qemu', program, package: machine.package });
  const qemu = new TextDecoder().decode(asked.value.stdout).split('\n')[0] ?? '';
  const parts = await findParts(host, architecture, sealed, { ...wishes, say });
  if (!parts.ok) return parts;

  return host.withTempFolder(async (folder) => {
    const trust = await copyTrust(host, wishes.trust, join(folder, 'trust'));
    if (!trust.ok) return trust;
    const shape = shapeOf(sealed, machine, wishes);
    const setting = new Findings('setting');
    for (const what of shape.differs)
      setting.add('the machine is as the facts say', 'not proven', what);
    const logs =
      wishes.logs === undefined ? join(folder, 'logs') : join(wishes.logs, sealed.profile);
    mkdirSync(logs, { recursive: true });
    const bench: Bench = {
      arch,
      architecture,
      machine,
      sealed,
      shape,
      parts: parts.value,
      targets: targetsOf(sealed, shape, wishes.disk, setting),
      panicBy: wishes.panicBy,
      folder,
      logs,
      deadline: started + wishes.seconds * 1000,
    };
    const findings = [
      ...setting.all,
      ...(await tried(host, bench, resolve(path), trust.value, wishes.quick, say)),
    ];
    return ok({
      path,
      sealDigest: sha256(bundle.sealBytes),
      profile: sealed.profile,
      arch: sealed.arch,
      kernelRelease: sealed.kernelRelease,
      qemu,
      machine: {
        cpus: shape.cpus,
        memoryMiB: shape.memory,
        console: shape.console ?? null,
        words: shape.words.join(' '),
      },
      quick: wishes.quick,
      outcome: outcomeOf(findings),
      seconds: Math.round((performance.now() - started) / 1000),
      findings,
      logs: wishes.logs === undefined ? null : logs,
    });
  });
}

/** MiB beside the memory that a dump may be as large as. */
const roomForFiles = 256;
const roomForRecords = 64;

function targetsOf(
  sealed: Sealed,
  shape: Shape,
  disk: number | undefined,
  setting: Findings,
): readonly TargetDisk[] {
  let number = 0;
  return sealed.targets.map((target, index): TargetDisk => {
    const found = placeOf(target, number);
    if ('cannot' in found) {
      setting.add(
        `target ${index + 1} is there`,
        'not proven',
        `${target.description}: ${found.cannot}`,
      );
      return undefined;
    }
    number += 1;
    const { place } = found;
    const each = shape.memory + (place.fileSystem === undefined ? roomForRecords : roomForFiles);
    return { place, sizeMiB: disk ?? each * place.slots };
  });
}

/** Every run, one after the other. */
async function tried(
  host: Host,
  bench: Bench,
  bundle: string,
  trust: string,
  quick: boolean,
  say: (detail: string) => void,
): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  const first = new Findings('capture');
  if (bench.sealed.backend === 'file') {
    first.add(
      armCheck,
      'not proven',
      'the kernel of this machine does not check signatures of kernels',
    );
    return first.all;
  }
  if (bench.sealed.overlay)
    first.add(
      'the local overlay is unpacked',
      'not proven',
      'it belongs to the machine, and this one has none',
    );
  const opening = first.all.length;
  let stage = 'the system starts';
  try {
    makeSystem(bench, bundle, trust);
    const kept = await unlessBusy(async (attempt) => {
      first.all.length = opening;
      const name = attempt === 1 ? 'capture' : `capture-${attempt}`;
      const disks = disksOf(bench, name);
      const options = guestOptions(bench, name, disks);
      say('starting the system');
      stage = 'the system starts';
      const system = await SystemGuest.start(options);
      return withGuest(
        bench,
        async () => system,
        async () => {
          const { kernel } = bench.parts;
          first.add(stage, 'passed', `${kernel.release} on ${bench.shape.cpus} CPUs`);
          stage = armCheck;
          if (!(await arm(bench, system, first))) return undefined;
          stage = 'the panicked machine goes on';
          if (!quick) {
            say('keeping the armed system');
            return await keepState(bench.folder, system, options);
          }
          say('panic');
          await panicked(host, bench, name, system, disks, first);
          return undefined;
        },
      );
    });
    if (kept !== undefined) {
      say('panic');
      await unlessBusy(async (attempt) => {
        const run = `panic-${attempt}`;
        const disks = disksOf(bench, run);
        await withGuest(
          bench,
          () => kept.again(run, { disks }),
          (system) => panicked(host, bench, run, system, disks, first),
        );
      });
      all.push(...first.all.splice(0));
      for (const flip of flipsFor(kept.image)) {
        say(`flipping a bit of ${flip.part}`);
        stage = `the policy runs after a flip in ${flip.part}`;
        all.push(...(await tryFlip(bench, kept, flip)));
      }
      for (let number = 1; number < bench.targets.length; number += 1) {
        stage = `target ${number + 1} gets the dump`;
        say(
          `panic with the disks of ${number === 1 ? 'the first target' : `the first ${number} targets`} missing`,
        );
        const findings = new Findings(`fall-back-${number + 1}`);
        if (bench.targets.slice(0, number + 1).includes(undefined))
          findings.add(stage, 'not proven', 'a target before it, or this one, cannot be made here');
        else
          await unlessBusy(async (attempt) => {
            const run = `fall-back-${number + 1}-${attempt}`;
            const disks = disksOf(bench, run, number);
            await withGuest(
              bench,
              () => kept.again(run, { disks }),
              async (system) => {
                const mark = await panicAndEnd(bench, system, findings);
                await fetchDump(host, bench, run, disks, number, mark, findings);
              },
            );
          });
        all.push(...findings.all);
      }
    }
  } catch (error) {
    // A guest that hangs, resets, or ends before its time: that is an answer too.
    if (!(error instanceof Error)) throw error;
    const late = performance.now() >= bench.deadline;
    const outcome = error instanceof BusyHost ? 'not proven' : 'failed';
    first.add(stage, outcome, late ? `the time was over: ${firstLine(error)}` : firstLine(error));
  }
  return [...all, ...first.all];
}

const firstLine = (error: Error): string => error.message.split('\n')[0] ?? '';

async function panicked(
  host: Host,
  bench: Bench,
  run: string,
  system: SystemGuest,
  disks: Parameters<typeof fetchDump>[3],
  findings: Findings,
): Promise<void> {
  const mark = await panicAndEnd(bench, system, findings);
  const first = bench.sealed.targets[0];
  if (bench.targets[0] === undefined && first !== undefined)
    findings.add('the dump is in its target', 'not proven', `${first.description} is not there`);
  else await fetchDump(host, bench, run, disks, 0, mark, findings);
}
