/** What `crashseal init --from` makes of a machine's kdump configuration saves a dump where kdump would have. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { capture } from '../support/capture.ts';
import { crashseal } from '../support/crashseal.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const conf = `# kdump.conf
raw /dev/vda
path /crash
core_collector scp
final_action poweroff
failure_action halt
fence_nodes node1
`;
const sysconfig = `KDUMP_COMMANDLINE_APPEND="irqpoll mce=off"
KDUMP_IMG="vmlinuz"
`;

test('imported-kdump-conf-captures', () =>
  withWorkFolder('imported-kdump-conf', async (folder) => {
    const write = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const files = [write('kdump.conf', conf), write('kdump', sysconfig)];
    const from = files.flatMap((path) => ['--from', path]);
    const made = crashseal(['init', '--class', 'qemu', '--stdout', ...from]);
    expect(made.exitCode, made.stderr).toBe(0);
    expect(made.stdout).toContain('#   fence_nodes node1');
    const imported = parse(made.stdout);
    const { targets, dump, finalAction, failureAction, commandLine } = imported;
    const captured = await capture(folder, {
      name: 'imported-kdump-conf',
      kernel: '6.12',
      // Kernel, console and reservation are those of every test.
      profile: {
        target: undefined,
        targets,
        dump,
        finalAction,
        failureAction,
        commandLine,
      },
    });
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 1 })).toEqual([]);
    expect(captured.system.guest.console.text()).toMatch(/Kernel command line: .*\bmce=off\b/);
  }));
