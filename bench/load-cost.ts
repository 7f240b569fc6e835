/** What loading costs: instructions, which no busy host can disturb, and time. */
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import type { Figure } from './figure.ts';
import { forms, makeRig, type Rig } from './rig.ts';

const rounds = 3;

/** The guest's clock in nanoseconds, which is instructions where QEMU counts one for each. */
const clock = "now() { sed -n 's/^now at \\([0-9]*\\) .*/\\1/p' /proc/timer_list; }";

async function cheapest(system: SystemGuest, command: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const output = await system.mustRun(
      `${clock}; a=$(now); b=$(now); ${command} >/run/said 2>&1 || exit; c=$(now); echo $((c - b - (b - a)))`,
    );
    best = Math.min(best, Number(output.trim()));
  }
  return best;
}

type Way = {
  readonly name: string;
  readonly unit: string;
  readonly scale: number;
  readonly qemu?: string;
  readonly args: readonly string[];
};

async function measure(
  rig: Rig,
  way: Way,
  size: string,
  aims: Figures,
): Promise<readonly Figure[]> {
  const system = await SystemGuest.start({
    ...rig.guest,
    extraArgs: way.args,
    ...(way.qemu === undefined ? {} : { qemuBinary: way.qemu }),
  });
  const peer = (await cheapest(system, rig.load.peer)) / way.scale;
  const figures: Figure[] = [];
  for (const form of forms) {
    const ours = (await cheapest(system, rig.load[form])) / way.scale;
    const aim = aims[form];
    figures.push({
      group: 'load',
      what: `${size} initramfs, ${form}, ${way.name}`,
      unit: way.unit,
      ours,
      peer,
      ...(aim === undefined || way.args.length === 0 ? {} : { aim }),
    });
  }
  await system.stop();
  return figures;
}

type Figures = Partial<Record<string, string>>;

export async function loadCost(newerQemu: string | undefined): Promise<readonly Figure[]> {
  const count = ['-icount', 'shift=0'];
  const ways: readonly Way[] = [
    { name: 'plain C', unit: 'G instructions', scale: 1e9, args: count },
    ...(newerQemu === undefined
      ? []
      : [
          {
            name: 'SHA instructions',
            unit: 'G instructions',
            scale: 1e9,
            args: count,
            qemu: newerQemu,
          },
        ]),
    { name: 'plain C, time', unit: 's', scale: 1e9, args: [] },
  ];
  const sizes = [
    { size: 'tiny', padding: 0, aims: { compressed: '0.3', direct: '1' } },
    { size: '44 MB', padding: 40, aims: { compressed: '1.2', direct: '2' } },
  ];
  const figures: Figure[] = [];
  for (const { size, padding, aims } of sizes) {
    const rig = await makeRig({
      name: `load-${padding}`,
      kernel: '6.12',
      padding,
      forms,
      crashkernel: '256M',
      memory: '1536M',
    });
    for (const way of ways) figures.push(...(await measure(rig, way, size, aims)));
  }
  return figures;
}
