/** Reads what `crashseal-load --status --json` wrote. Pure. */
import type { Said } from '../format/fleet-report.ts';
import { type LoaderReport, misfitOfStatus, type StatusReport } from '../format/loader-report.ts';
import { said, statusOfCode } from './said.ts';

export type ReadReport =
  | { readonly ok: true; readonly said: Said }
  | { readonly ok: false; readonly why: string };

export function readStatusReport(text: string): ReadReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: 'it is not JSON' };
  }
  const misfit = misfitOfStatus(value);
  if (misfit !== undefined) return { ok: false, why: `${misfit.at} should be ${misfit.want}` };
  const report = value as StatusReport;
  if (statusOfCode.get(report.exitCode) !== report.status)
    return { ok: false, why: 'exitCode should be the code of its status' };
  if (report.sealDigest !== undefined && report.sealDigest.length !== 64)
    return { ok: false, why: 'sealDigest should have 64 digits' };
  return { ok: true, said: said({ ...endsOf(report), ...recordOf(report), ...whatOf(report) }) };
}

const whatOf = (report: StatusReport) => ({
  status: report.status,
  armed: report.armed,
  dump: dumpOf(report),
  ...(report.armed && report.sealDigest !== undefined ? { seal: report.sealDigest } : {}),
  ...(report.signer === undefined ? {} : { signer: report.signer }),
  ...(report.reserved === undefined ? {} : { reserved: report.reserved }),
  ...(report.needed === undefined ? {} : { needed: report.needed }),
  fallback: report.fallback === true,
  outdated: report.outdated === true,
  nextRefused: report.nextRefused === true,
  lastRefused: report.lastRefusal !== undefined,
  why: whyOf(report),
});

const endsOf = ({ armedAt, notAfter, certificatesUntil }: StatusReport) => ({
  ...(armedAt == null ? {} : { armedAt }),
  ...(notAfter == null ? {} : { notAfter }),
  ...(certificatesUntil == null ? {} : { certificatesUntil }),
});

/** Only root can read it on the machine, so it may be left out. */
function recordOf({ record }: StatusReport) {
  const { bundle } = (record ?? {}) as Partial<LoaderReport>;
  return bundle === undefined ? {} : { profile: bundle.profile, release: bundle.kernelRelease };
}

function dumpOf({ armed, sealDigest, wouldDump }: StatusReport): Said['dump'] {
  if (!armed) return 'no';
  if (sealDigest === undefined || wouldDump == null) return 'unsure';
  return wouldDump ? 'yes' : 'no';
}

/** What the machine says itself comes first. */
function whyOf({ lastRefusal, nextRefusal, targets = [] }: StatusReport): string {
  const targetWords = targets.flatMap(({ words }, index) =>
    words === '' ? [] : [`target ${index + 1}: ${words}`],
  );
  return [
    ...targetWords,
    ...(lastRefusal === undefined ? [] : [`the last load was refused: ${lastRefusal}`]),
    ...(nextRefusal === undefined ? [] : [`the next load would be refused: ${nextRefusal}`]),
  ].join('; ');
}
