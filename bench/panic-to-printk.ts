/** From the panic to the capture kernel's first word, seen on the serial line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestOptions } from '../pipeline/guest/guest.ts';
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import type { Figure } from './figure.ts';
import { benchFolder, forms, makeRig } from './rig.ts';

const rounds = 3;
const kernels = ['6.12', '6.1'] as const;

type Spent = { readonly time: number; readonly cpu: number };

/** Seconds: on the wall, and of the host's CPU, which other work on the host hardly changes. */
async function quickestOf(options: GuestOptions, load: string): Promise<Spent> {
  const best = { time: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round += 1) {
    const system = await SystemGuest.start(options);
    const { guest } = system;
    await system.mustRun(load);
    await system.panic();
    const panic = await guest.console.waitFor(/sysrq: Trigger a crash/);
    const cpu = cpuSecondsOf(guest.pid);
    const first = await guest.console.waitFor(/Linux version/);
    best.cpu = Math.min(best.cpu, cpuSecondsOf(guest.pid) - cpu);
    best.time = Math.min(best.time, (first.at - panic.at) / 1000);
    await system.stop();
  }
  return best;
}

/** What all threads of a process have used (Linux, Documentation/scheduler/sched-stats.rst). */
function cpuSecondsOf(process: number | undefined): number {
  const threads = `/proc/${process}/task`;
  return readdirSync(threads).reduce((sum, thread) => {
    const [nanoseconds = '0'] = readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(nanoseconds) / 1e9;
  }, 0);
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
      memory: '1G',
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
      const quickest = (load: string) => quickestOf({ ...options, state }, load);
      const peer = await quickest(rig.load.peer);
      for (const form of forms) {
        const ours = await quickest(rig.load[form]);
        const figure = { group: 'panic to first printk', unit: 's' };
        const what = `${kernel}, ${form}, ${name}`;
        figures.push({ ...figure, what, ours: ours.time, peer: peer.time, aim });
        figures.push({ ...figure, what: `${what}, CPU`, ours: ours.cpu, peer: peer.cpu });
      }
    }
  }
  return figures;
}
