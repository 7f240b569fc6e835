/** What passes between a panic and the capture kernel. */
import { readdirSync, readFileSync } from 'node:fs';
import type { PanicMark, SystemGuest } from '../pipeline/guest/system-guest.ts';

/** What all threads of a process have used (Linux, Documentation/scheduler/sched-stats.rst). */
function cpuSecondsOf(process: number | undefined): number {
  const threads = `/proc/${process}/task`;
  return readdirSync(threads).reduce((sum, thread) => {
    const [nanoseconds = '0'] = readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(nanoseconds) / 1e9;
  }, 0);
}

/** Seconds: on the wall, and of the host's CPU, which other work on the host hardly changes. */
export type Spent = { readonly time: number; readonly cpu: number };

/** Panics, and waits for the capture kernel's first line; `untilInit` goes on to its init. */
export async function panicToFirstLine(
  system: SystemGuest,
  limitMs?: number,
): Promise<Spent & { readonly mark: PanicMark; readonly untilInit: () => Promise<Spent> }> {
  const { guest } = system;
  const mark = await system.panic();
  const panic = await guest.console.waitFor(/sysrq: Trigger a crash/, limitMs);
  const begun = cpuSecondsOf(guest.pid);
  const until = async (pattern: RegExp): Promise<Spent> => {
    const { at } = await guest.console.waitFor(pattern, limitMs);
    return { time: (at - panic.at) / 1000, cpu: cpuSecondsOf(guest.pid) - begun };
  };
  return { ...(await until(/Linux version/)), mark, untilInit: () => until(/capture: up/) };
}
