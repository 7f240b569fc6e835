/** Runs the loader itself on a machine's facts: what `crashseal plan` shows is what would happen. */
import { join } from 'node:path';
import type { LoaderReport } from '../format/loader-report.ts';
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { copyTrust } from '../sign/copied-trust.ts';
import { strictest, type TrustSettings } from '../sign/trust-store.ts';
import { askerOf } from './ask-loader.ts';
import { unpackFacts } from './facts-archive.ts';
import { furtherRefusals, type Refusal } from './further-refusals.ts';

export type PlanRequest = {
  /** Files, and folders of which every bundle is meant. */
  readonly bundles: readonly string[];
  /** Archive of `crashseal-load --facts`; this machine when left out. */
  readonly facts: string | undefined;
  /** Trust stores, each with a revocation list beside it or not; the machine's own when there are none. */
  readonly trust: readonly string[];
  /** Seconds since 1970; only with facts, the clock when left out. */
  readonly now?: number | undefined;
  /** File with attestations; the one beside each bundle when left out. */
  readonly attestation?: string | undefined;
  /** What a tester must vouch for, beside what the trust stores want; only with trust stores. */
  readonly attested?: TrustSettings['attested'];
};

export type BundlePlan = {
  readonly path: string;
  /** What the loader says of this bundle alone. */
  readonly report: LoaderReport;
  /** Every reason against it that could be found; none when it would be loaded. */
  readonly refusals: readonly Refusal[];
  /** With all of that put right it would be loaded. */
  readonly elseLoaded: boolean;
};

export type Plan = {
  readonly bundles: readonly BundlePlan[];
  /** Which of them would be armed. */
  readonly chosen: string | undefined;
  /** What the loader says of several at once. */
  readonly together?: LoaderReport;
  /** The machine was an archive of facts, not this one. */
  readonly fromFacts: boolean;
  /** A file that a bundle asks for is not in the facts, since they were taken without naming the bundle. */
  readonly factsLack: boolean;
};

export async function planOnMachine(
  host: Host,
  loader: Uint8Array,
  request: PlanRequest,
): Promise<Result<Plan>> {
  return host.withTempFolder(async (folder) => {
    const program = join(folder, 'crashseal-load');
    await host.writeFile(program, loader, 0o755);
    const trust: string[] = [];
    const lenient: string[] = [];
    if (request.trust.length > 0) {
      const store = await copyTrust(host, request.trust, join(folder, 'trust'), (settings) => ({
        attested: strictest([settings.attested, request.attested ?? 'not required']),
      }));
      if (!store.ok) return store;
      trust.push('--trust', store.value);
      const other = await copyTrust(host, request.trust, join(folder, 'lenient'), () => ({
        attested: 'not required',
      }));
      if (!other.ok) return other;
      lenient.push('--trust', other.value);
    }
    if (request.attestation !== undefined) trust.push('--attestation', request.attestation);
    const paths = await bundlePaths(host, request.bundles);

    let root: string | undefined;
    if (request.facts !== undefined) {
      root = join(folder, 'root');
      const unpacked = await unpackFacts(host, request.facts, root);
      if (!unpacked.ok) return unpacked;
    }
    const ask = askerOf(host, program, trust, lenient);

    const plans: BundlePlan[] = [];
    for (const [index, path] of paths.entries()) {
      const report = await ask([path], { root, now: request.now });
      if (!report.ok) return report;
      // What stands in the way is put aside in a copy, so that what comes after it shows.
      const copy = join(folder, `copy-${index}`);
      const facts = request.facts ?? join(folder, `facts-${index}.tar`);
      const further =
        report.value.exitCode === 0
          ? { refusals: [], elseLoaded: false }
          : await furtherRefusals({
              host,
              ask,
              path,
              root: copy,
              now: request.now,
              first: report.value,
              makeRoot: async () => {
                if (request.facts === undefined) {
                  const words = ['--facts', facts, ...trust, '--', path];
                  const gathered = await host.run(program, words);
                  if (!gathered.ok || gathered.value.exitCode !== 0) return false;
                }
                return (await unpackFacts(host, facts, copy)).ok;
              },
            });
      plans.push({ path, report: report.value, ...further });
    }
    const fromFacts = request.facts !== undefined;
    const factsLack = fromFacts && plans.some(({ refusals }) => refusals.some(isLack));
    const [only, ...more] = plans;
    if (only !== undefined && more.length === 0) {
      const chosen = only.report.exitCode === 0 ? only.path : undefined;
      return ok({ bundles: plans, chosen, fromFacts, factsLack });
    }
    const together = await ask(request.bundles, { root, now: request.now });
    if (!together.ok) return together;
    const { exitCode, file } = together.value;
    const chosen = exitCode === 0 ? paths.find((path) => asReported(path) === file) : undefined;
    return ok({ bundles: plans, chosen, together: together.value, fromFacts, factsLack });
  });
}

/** The index says that the seal asks for the file. */
const isLack = ({ detail, index }: Refusal): boolean =>
  index !== undefined &&
  (detail === 'file-missing' || detail === 'rule-absent' || detail === 'device-missing');

/** In the loader's JSON, each byte beyond ASCII. */
const asReported = (path: string): string =>
  path.replace(/[^\0-\x7f]/gu, (char) => '\ufffd'.repeat(new TextEncoder().encode(char).length));

const ending = '.crashseal';

async function bundlePaths(host: Host, named: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(
    named.map(async (path) => {
      const names = await host.list(path);
      const bundles = names?.filter((name) => name.endsWith(ending) && name !== ending) ?? [];
      // The loader has its own words for a folder without any; its paths are these.
      return bundles.length === 0 ? [path] : bundles.map((name) => `${path}/${name}`);
    }),
  );
  return lists.flat();
}
