/**
 * The loader stops at the first reason against a bundle. Here that reason is put right in a copy of the facts, and
 * the loader is asked again: every refusal is its own word, and nothing is judged by a second set of rules.
 * Before the signature is right there is nothing to put right: what the bundle says of itself is not known.
 */
import type { LoaderReport, LoaderStatus } from '../format/loader-report.ts';
import type { Host } from '../host/host.ts';
import { openBundle } from '../seal/bundle.ts';
import { decodeSeal, type Seal } from '../seal/seal-codec.ts';
import { readSignature } from '../sign/verify-signature.ts';
import type { AskLoader } from './ask-loader.ts';
import { factsCopy } from './facts-copy.ts';
import { floorPath, floorTime, iomemPath, remedyFor } from './remedies.ts';

export type Refusal = Pick<
  LoaderReport,
  'status' | 'exitCode' | 'error' | 'hint' | 'detail' | 'index' | 'path'
> & {
  /** What was put right to come to this one, beside what came before. */
  readonly assuming?: string;
};

export type Further = { readonly refusals: readonly Refusal[]; readonly elseLoaded: boolean };

type Question = {
  readonly host: Host;
  readonly ask: AskLoader;
  readonly path: string;
  /** Where the copy of the facts goes. */
  readonly root: string;
  readonly makeRoot: () => Promise<boolean>;
  readonly now: number | undefined;
  readonly first: LoaderReport;
};

/** No machine has more reasons. */
const roundsMax = 40;

function refusalOf(report: LoaderReport): Refusal {
  const { status, exitCode, error, hint, detail, index, path } = report;
  return {
    status,
    exitCode,
    ...(error === undefined ? {} : { error }),
    ...(hint === undefined ? {} : { hint }),
    ...(detail === undefined ? {} : { detail }),
    ...(index === undefined ? {} : { index }),
    ...(path === undefined ? {} : { path }),
  };
}

export async function furtherRefusals(question: Question): Promise<Further> {
  const { host, ask, path, root, makeRoot, first } = question;
  const refusals: Refusal[] = [refusalOf(first)];
  const alone: Further = { refusals, elseLoaded: false };
  const bundle = await openBundle(host, path);
  if (!bundle.ok || !(await makeRoot())) return alone;
  const decoded = decodeSeal(bundle.value.sealBytes);
  const seal = decoded.ok ? decoded.value : undefined;
  const certified = certifiedFrom(bundle.value.signatures);

  const copy = factsCopy(host, root);
  const clock = Math.max(question.now ?? host.now(), floorTime(await copy.read(floorPath)));
  const seen = new Set<string>();
  let report = first;
  let now = question.now;
  let untried = false;
  for (let round = 0; round < roundsMax; round++) {
    seen.add(reasonOf(report));
    const remedy = remedyFor({
      report,
      // Until the loader has found its signature right, nothing that the seal says counts.
      seal: report.bundle === undefined ? undefined : seal,
      certified,
      floor: await copy.read(floorPath),
      iomem: await copy.read(iomemPath),
    });
    if (remedy === undefined) return alone;
    await copy.apply(remedy.edits);
    now = remedy.now ?? now;
    untried ||= remedy.untried === true;
    const next = await ask([path], { root, now, untried });
    // It did not help, or what was put right for one reason makes another.
    if (!next.ok || seen.has(reasonOf(next.value))) return alone;
    report = next.value;
    if (report.exitCode === 0) return { refusals, elseLoaded: true };
    if (isOurs(report, seal, now === question.now ? undefined : clock)) continue;
    // A region that was made up may lie on what the kernel has there.
    if (report.status === 'bad-header' && refusals.some(({ status }) => ofRegion.has(status)))
      return alone;
    refusals.push({ ...refusalOf(report), assuming: remedy.assuming });
  }
  return alone;
}

/** Of one status there may be several, each about another rule or file. */
const reasonOf = ({ status, index, path }: LoaderReport): string =>
  `${status} ${index ?? ''} ${path ?? ''}`;

const ofRegion: ReadonlySet<LoaderStatus> = new Set(['no-crash-region', 'crash-region-small']);

/** A time that was assumed for the certificates may be wrong for the seal, where the clock is not. */
function isOurs(report: LoaderReport, seal: Seal | undefined, clock: number | undefined): boolean {
  if (clock === undefined || seal === undefined) return false;
  if (report.status === 'clock-wrong') return clock >= (seal.notBefore ?? 0);
  return report.status === 'expired' && clock <= (seal.notAfter ?? clock);
}

/** The first moment at which every certificate that came along is valid. */
function certifiedFrom(signatures: readonly Uint8Array[]): number | undefined {
  const starts = signatures.flatMap((bytes) => {
    const read = readSignature(bytes);
    return read.ok ? read.value.certificates.map(({ notBefore }) => notBefore) : [];
  });
  return starts.length === 0 ? undefined : Math.max(...starts);
}
