/** Whether a dump that was fetched is the one that was wanted, and can be read. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../arch/architecture.ts';
import type { PanicMark } from '../guest/system-guest.ts';
import { missingPages, openVmcore } from '../guest/vmcore.ts';
import type { Host } from '../host/host.ts';
import { ok } from '../problem/result.ts';
import { noteNames } from '../savecore/dump-header.ts';
import { withOpener } from '../savecore/opener.ts';
import type { Saved } from '../savecore/save.ts';
import type { Bench } from './bench.ts';
import type { Findings } from './finding.ts';
import type { SealedTarget } from './sealed.ts';

/** Name and type of the note with a CPU's registers. */
const registers = 'CORE 1';

export async function judgeDump(
  host: Host,
  { architecture, sealed, shape, identities }: Bench,
  target: SealedTarget,
  { folder, report }: Saved,
  mark: PanicMark,
  findings: Findings,
): Promise<void> {
  const { dump } = report;
  if (sealed.encrypted && identities.length === 0) {
    findings.add('the dump is in its target', 'passed', `${target.description}, encrypted`);
    findings.add(
      'the dump can be read',
      'not proven',
      'it is encrypted: `--identity FILE` opens it',
    );
    return;
  }
  const log =
    report.log === null
      ? ''
      : new TextDecoder('latin1').decode(
          (await host.readFile(join(folder, report.log))) ?? new Uint8Array(),
        );
  if (report.log === null && target.what === 'vmcore')
    // makedumpfile reads it, and does not know every kernel whose memory can be copied.
    findings.add(logCheck, 'not proven', 'no log was stored beside the dump');
  else
    findings.claim(
      log.includes(mark.nonce),
      logCheck,
      log.includes(mark.nonce)
        ? `${log.split('\n').length} lines, with the line that was written before the panic`
        : 'the line that was written before the panic is not in it',
    );
  if (target.what !== 'vmcore') return;
  const whole = `${target.description}: ${dump.size} bytes, ${dump.format ?? 'no format that is known'}, ${dump.state}${dump.why === null ? '' : `: ${dump.why}`}`;
  if (
    !findings.claim(dump.state === 'complete' && dump.file !== null, 'the dump is complete', whole)
  )
    return;
  const path = join(folder, dump.file ?? '');
  // Where makedumpfile fails, init copies all of the memory instead.
  if (!sealed.ownInitramfs)
    findings.claim(
      dump.format === sealed.format,
      'the dump is in the form that the profile asks for',
      `${dump.format ?? 'none'}`,
    );
  findings.claim(
    report.release === sealed.kernelRelease,
    'VMCOREINFO is of the kernel that panicked',
    `${report.release ?? 'none'}`,
  );
  judgeBuildId(sealed.kernelBuildId, report.buildId, findings);

  if (dump.format === 'elf') {
    const vmcore = openVmcore(path);
    const count = vmcore.notes.filter((name) => name === registers).length;
    findings.claim(
      count === shape.cpus,
      'each CPU has its registers in the dump',
      `${count} for ${shape.cpus} CPUs`,
    );
    const missing = missingPages(vmcore);
    findings.claim(
      missing.length === 0 && vmcore.loads.length > 0,
      'every page can be read',
      missing.length === 0
        ? `${vmcore.loads.length} ranges of memory`
        : missing.slice(0, 3).join(', '),
    );
    return;
  }
  const notes = await withOpener(host, async (open) => {
    const file = await open(path);
    return ok(file === undefined ? [] : await noteNames(file));
  });
  const count = notes.ok ? notes.value.filter((name) => name === registers).length : 0;
  findings.claim(
    count === shape.cpus,
    'each CPU has its registers in the dump',
    `${count} for ${shape.cpus} CPUs`,
  );
  await readAgain(host, architecture, path, findings);
}

/** `own`: that of the bundle, empty where its kernel's image has none to be seen. */
function judgeBuildId(own: string, found: string | null, findings: Findings): void {
  const check = 'the build id is that of the bundle';
  if (own === '') return;
  if (found === null) findings.add(check, 'not proven', 'the dump does not tell it');
  else findings.claim(found === own, check, `${found} in the dump, ${own} in the bundle`);
}

const logCheck = 'the log is of this panic';
const pagesCheck = 'every page can be read';
const readAgainMs = 600_000;

/** makedumpfile reads each page when it writes a dump anew; it knows dumps of its own architecture. */
async function readAgain(
  host: Host,
  machine: Architecture,
  path: string,
  findings: Findings,
): Promise<void> {
  if (machine.nodeName !== process.arch) {
    findings.add(
      pagesCheck,
      'not proven',
      `makedumpfile of this machine does not read dumps of ${machine.name}`,
    );
    return;
  }
  const copy = `${path}.again`;
  const ran = await host.run('makedumpfile', ['-c', '-d', '0', '--', path, copy], {
    timeoutMs: readAgainMs,
  });
  rmSync(copy, { force: true });
  if (!ran.ok) {
    findings.add(
      pagesCheck,
      'not proven',
      'makedumpfile is not installed here (apt-get install makedumpfile)',
    );
    return;
  }
  const said = ran.value.stderr.trim().split('\n').slice(-2).join(' / ');
  findings.claim(
    ran.value.exitCode === 0,
    pagesCheck,
    ran.value.exitCode === 0 ? 'makedumpfile has read each of them' : said,
  );
}
