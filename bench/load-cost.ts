/** What loading costs: instructions, which no busy host can disturb, and time. */
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import type { Figure } from './figure.ts';
import { costOf, countInstructions, forms, makeRig, type Rig, repeated } from './rig.ts';

type Way = {
  readonly name: string;
  readonly unit: string;
  readonly qemu?: string;
  readonly args: readonly string[];
  /** What there is to reach, for each of the sizes. */
  readonly aims: readonly Figures[];
};

async function measure(
  rig: Rig,
  way: Way,
  size: string,
  aims: Figures = {},
): Promise<readonly Figure[]> {
  const system = await SystemGuest.start({
    ...rig.guest,
    extraArgs: way.args,
    ...(way.qemu === undefined ? {} : { qemuBinary: way.qemu }),
  });
  const costs = (load: string) => repeated(async () => (await costOf(system, load)) / 1e9);
  const peer = await costs(rig.load.peer);
  const figures: Figure[] = [];
  for (const form of forms) {
    const ours = await costs(rig.load[form]);
    const aim = aims[form];
    figures.push({
      group: 'load',
      what: `${size} initramfs, ${form}, ${way.name}`,
      unit: way.unit,
      ours,
      peer,
      ...(aim === undefined ? {} : { aim }),
    });
  }
  await system.stop();
  return figures;
}

type Figures = Partial<Record<string, string>>;

export async function loadCost(newerQemu: string | undefined): Promise<readonly Figure[]> {
  const args = countInstructions;
  const ways: readonly Way[] = [
    {
      name: 'without SHA instructions',
      unit: 'G instructions',
      args,
      aims: [
        { compressed: '0.3', direct: '1' },
        { compressed: '1.2', direct: '2' },
      ],
    },
    ...(newerQemu === undefined
      ? []
      : [
          {
            name: 'SHA instructions',
            unit: 'G instructions',
            args,
            qemu: newerQemu,
            aims: [{ direct: '0.25' }, { direct: '0.45' }],
          },
        ]),
    { name: 'without SHA instructions, time', unit: 's', args: [], aims: [] },
  ];
  const sizes = [
    { size: 'tiny', padding: 0 },
    { size: '44 MB', padding: 40 },
  ];
  const figures: Figure[] = [];
  for (const [index, { size, padding }] of sizes.entries()) {
    const rig = await makeRig({
      name: `load-${padding}`,
      kernel: '6.12',
      padding,
      forms,
      crashkernel: '256M',
      memory: 1536,
    });
    for (const way of ways) figures.push(...(await measure(rig, way, size, way.aims[index])));
  }
  return figures;
}
