/** From the panic to the capture kernel's first word, seen on the serial line. */
import { join } from 'node:path';
import type { GuestOptions } from '../pipeline/guest/guest.ts';
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import type { Figure } from './figure.ts';
import { panicToFirstLine } from './panic-time.ts';
import { benchFolder, forms, makeRig, rounds } from './rig.ts';

const kernels = ['6.12', '6.1'] as const;

async function timesOf(options: GuestOptions, load: string) {
  const time: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const system = await SystemGuest.start(options);
    await system.mustRun(load);
    const first = await panicToFirstLine(system);
    time.push(first.time);
    cpu.push(first.cpu);
    await system.stop();
  }
  return { time, cpu };
}

export async function panicToPrintk(newerQemu: string | undefined): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kernel of kernels) {
    const rig = await makeRig({
      name: `panic-${kernel}`,
      kernel,
      padding: 0,
      forms,
      crashkernel: '256M',
      memory: 1024,
    });
    const ways = [
      { name: 'without SHA instructions', aim: '0.5', qemu: {} },
      ...(newerQemu === undefined
        ? []
        : [{ name: 'SHA instructions', aim: '0.3', qemu: { qemuBinary: newerQemu } }]),
    ];
    for (const { name, aim, qemu } of ways) {
      const options = { ...rig.guest, ...qemu };
      const booted = await SystemGuest.start(options);
      const state = join(benchFolder, 'state');
      await booted.guest.saveState(state);
      await booted.stop();
      const times = (load: string) => timesOf({ ...options, state }, load);
      const peer = await times(rig.load.peer);
      for (const form of forms) {
        const ours = await times(rig.load[form]);
        const figure = { group: 'panic to first printk', unit: 's' };
        const what = `${kernel}, ${form}, ${name}`;
        figures.push({ ...figure, what, ours: ours.time, peer: peer.time, aim });
        figures.push({ ...figure, what: `${what}, CPU`, ours: ours.cpu, peer: peer.cpu });
      }
    }
  }
  return figures;
}
