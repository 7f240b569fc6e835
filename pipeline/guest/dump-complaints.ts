/** What a saved dump must say, as readelf, makedumpfile and our own reader find it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { hex } from '../units/units.ts';
import { dmesgOf, type Makedumpfile } from './makedumpfile.ts';
import type { PanicMark } from './system-guest.ts';
import { hostNameIn, type MemoryRange, missingPages, openVmcore, reaches } from './vmcore.ts';

/** readelf's view: header, program headers, notes. */
export const readelf = (path: string): string =>
  execFileSync('readelf', ['-hlnW', path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });

/** Whether a file has that text anywhere. */
const holdsText = (path: string, text: string): boolean =>
  spawnSync('grep', ['-a', '-q', '-F', '-e', text, path]).status === 0;

/** What is wrong with an ELF dump; empty when everything that must be there is there. */
export function complaintsAbout(
  device: string,
  expected: {
    readonly cpus: number;
    readonly mark: PanicMark;
    readonly crashRegions: readonly MemoryRange[];
    /** `none`: it does not read dumps of such a kernel, so the log's lines are looked for in memory. */
    readonly makedumpfile?: Makedumpfile | 'none';
  },
): readonly string[] {
  const complaints: string[] = [];
  const claim = (holds: boolean, text: string) => {
    if (!holds) complaints.push(text);
  };
  const shown = readelf(device);
  const statuses = shown.match(/NT_PRSTATUS/g)?.length ?? 0;
  claim(statuses === expected.cpus, `${statuses} NT_PRSTATUS for ${expected.cpus} CPUs`);
  claim(shown.includes('VMCOREINFO'), 'readelf shows no VMCOREINFO');
  const vmcore = openVmcore(device);
  for (const region of expected.crashRegions)
    claim(
      !reaches(vmcore.loads, region),
      `the crash region at ${hex(region.start)} is in the dump`,
    );
  const hostName = hostNameIn(vmcore);
  claim(hostName === expected.mark.hostName, `host name "${hostName}" is not this run's`);
  complaints.push(...missingPages(vmcore).slice(0, 5));
  const { makedumpfile } = expected;
  const log = makedumpfile === 'none' ? undefined : dmesgOf(device, makedumpfile);
  const isLogged = (line: string) => log?.includes(line) ?? holdsText(device, line);
  claim(isLogged('sysrq: Trigger a crash'), 'no panic line in the dmesg');
  claim(isLogged(expected.mark.nonce), "the dmesg does not have this run's nonce");
  return complaints;
}
