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

/**
 * Panics, and waits for the capture kernel's first line; `untilInit` goes on to its init. `silent`: the console does not
 * show the panic before the machine is gone, so that time begins with the line that announces it.
 */
export async function panicToFirstLine(
  system: SystemGuest,
  { limitMs, silent = false }: { readonly limitMs?: number; readonly silent?: boolean } = {},
): Promise<Spent & { readonly mark: PanicMark; readonly untilInit: () => Promise<Spent> }> {
  const { guest } = system;
  const mark = await system.panic();
  const shown = silent ? new RegExp(mark.nonce) : /sysrq: Trigger a crash/;
  const panic = guest.console.find(shown) ?? (await guest.console.waitFor(shown, limitMs));
  const begun = cpuSecondsOf(guest.pid);
  const until = async (pattern: RegExp): Promise<Spent> => {
    const { at } = await guest.console.waitFor(pattern, limitMs);
    return { time: (at - panic.at) / 1000, cpu: cpuSecondsOf(guest.pid) - begun };
  };
  return { ...(await until(/Linux version/)), mark, untilInit: () => until(/capture: up/) };
}
