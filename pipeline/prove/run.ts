/** One run of several: what it throws is one of its findings, and what it had found before stays. */
import { HostFault } from '../guest/guest.ts';
import { type Bench, despiteHost } from './bench.ts';
import { type Finding, Findings } from './finding.ts';

export const systemStarts = 'the system starts';

/** `name` is that of the run; the work is done anew, with no findings, where the host kept it from its end. */
export async function runOf(
  bench: Pick<Bench, 'deadline'>,
  name: string,
  stage: string,
  work: (findings: Findings, attempt: number) => Promise<void>,
): Promise<readonly Finding[]> {
  let findings = new Findings(name);
  findings.stage = stage;
  if (performance.now() >= bench.deadline) {
    findings.add(stage, 'not proven', 'the time was over before it was tried');
    return findings.all;
  }
  try {
    await despiteHost(async (attempt) => {
      findings = new Findings(name);
      findings.stage = stage;
      await work(findings, attempt);
    });
  } catch (error) {
    // A guest that hangs, resets, or ends before its time: that is an answer too.
    if (!(error instanceof Error)) throw error;
    const said = error.message.split('\n')[0] ?? '';
    if (error instanceof HostFault) return findings.hostFault(said);
    const late = performance.now() >= bench.deadline;
    // Before a system is there, nothing of the bundle has run.
    const unshown = findings.stage === systemStarts;
    findings.add(
      findings.stage,
      unshown ? 'not proven' : 'failed',
      late ? `the time was over: ${said}` : said,
    );
  }
  return findings.all;
}
