/** From the panic to the capture kernel's first word, seen on the serial line. */
import { join } from 'node:path';
import { SystemGuest } from '../test/support/system-guest.ts';
import type { Figure } from './figure.ts';
import { benchFolder, forms, makeRig } from './rig.ts';

const rounds = 3;
const kernels = ['6.12', '6.1'] as const;

export async function panicToPrintk(newerQemu: string | undefined): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kernel of kernels) {
    const rig = await makeRig({
      ...{ name: `panic-${kernel}`, kernel, padding: 0, forms },
      ...{ crashkernel: '256M', memory: '1G' },
    });
    const ways = [
      { name: 'plain C', aim: '0.8', qemu: {} },
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
      const quickest = async (load: string): Promise<number> => {
        let best = Number.POSITIVE_INFINITY;
        for (let round = 0; round < rounds; round += 1) {
          const system = await SystemGuest.start({ ...options, state });
          await system.mustRun(load);
          await system.panic();
          const panic = system.guest.console.find(/sysrq: Trigger a crash/);
          const first = await system.guest.console.waitFor(/Linux version/);
          best = Math.min(best, first.at - (panic?.at ?? 0));
          await system.stop();
        }
        return best / 1000;
      };
      const peer = await quickest(rig.load.peer);
      for (const form of forms)
        figures.push({
          group: 'panic to first printk',
          what: `${kernel}, ${form}, ${name}`,
          ...{ unit: 's', ours: await quickest(rig.load[form]), peer, aim },
        });
    }
  }
  return figures;
}
