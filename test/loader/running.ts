/** Runs the whole loader, hosted and under sanitizers, on a machine of files. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoaderReport, readLoaderReport } from '../../pipeline/format/loader-report.ts';
import { words } from '../../pipeline/units/words.ts';
import { testKeys } from '../fixtures/keys.ts';
import { type MachineFiles, sampleMachine, writeMachine } from '../fixtures/x86-64-machine.ts';
import { loaderDriver } from '../support/loader-host.ts';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

export function run(program: string, ...args: readonly string[]): Ran {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status === null || /AddressSanitizer|runtime error/.test(done.stderr))
    throw new Error(`${program} ${args.join(' ')}: ${done.signal}\n${done.stderr}`);
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** What `--json` gave, which must be as it is declared. */
export function readReport(stdout: string): LoaderReport {
  const read = readLoaderReport(JSON.parse(stdout));
  if (!read.ok) throw new Error(`at ${read.misfit.at} no ${read.misfit.want}: ${stdout}`);
  return read.value;
}

/** A folder for one test file: keys, a trust store, a machine and a bundle at a time. */
export async function bench(name: string) {
  const folder = join('out', 'test', name);
  mkdirSync(folder, { recursive: true });
  const keys = await testKeys();
  const program = loaderDriver('hosted-load');
  const trust = join(folder, 'trust.pem');
  writeFileSync(trust, keys.file('root.pem').bytes);
  const write = (file: string, bytes: Uint8Array | string): string => {
    const path = join(folder, file);
    writeFileSync(path, bytes);
    return path;
  };
  const machine = (files: MachineFiles = sampleMachine): string =>
    writeMachine(join(folder, 'root'), files);
  return {
    folder,
    keys,
    program,
    trust,
    write,
    machine,
    /** Runs with --json and reads what it says. */
    report: (
      bundle: Uint8Array,
      files: MachineFiles = sampleMachine,
      ...args: readonly string[]
    ): LoaderReport => {
      const path = write('bundle', bundle);
      const time = args.includes('--now') ? [] : ['--now', '1800000000'];
      const ran = run(
        program,
        ...words`--json --trust ${trust} --root ${machine(files)}`,
        ...time,
        ...args,
        path,
      );
      const report = readReport(ran.stdout);
      if (report.exitCode !== ran.code) throw new Error(`exit code ${ran.code}: ${ran.stdout}`);
      return report;
    },
  };
}
