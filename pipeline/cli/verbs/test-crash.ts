import { dirname, join, resolve } from 'node:path';
import type { Host } from '../../host/host.ts';
import { refusalAsProblem } from '../../host/system-refusal.ts';
import { sharedApt } from '../../inputs/apt.ts';
import { metWith, ok, type Result } from '../../problem/result.ts';
import type { Proof } from '../../prove/proof.ts';
import { type ProveWishes, proveBundle } from '../../prove/prove.ts';
import { type MachineFacts, readFacts } from '../../prove/shape.ts';
import { unpackFacts } from '../../rehearse/facts-archive.ts';
import { factsCopy } from '../../rehearse/facts-copy.ts';
import { cacheFolder } from '../cache.ts';
import { renderJunit } from '../render-junit.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderProof } from '../render-test-crash.ts';
import { sideBySide, takeShard } from '../shard.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'test-crash'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { shard, junit, jobs, out, logs } = options;
  const paths = takeShard(args, shard);
  if ('misuse' in paths) return paths;
  const facts = options.facts === undefined ? ok(undefined) : await factsIn(host, options.facts);
  if (!facts.ok) return facts;
  const wishes: ProveWishes = {
    trust: options.trust,
    facts: facts.value,
    cpus: options.cpus,
    memory: options.memory,
    disk: options.disk,
    panicBy: options.panic === 'nmi' ? 'nmi' : 'sysrq',
    quick: options.quick,
    seconds: options.timeout,
    logs,
    store: resolve(host.cwd(), out, 'store'),
    apt: sharedApt(host, { cache: cacheFolder(host), archives: options.packages }),
    kernel: options.kernel,
    busybox: options.busybox,
    loader: options.loader,
    loaderFolders: loaderFolders(),
  };
  await host.makeFolder(wishes.store);
  const tried = await sideBySide(paths, jobs, (path) =>
    progress.step(`trying ${path}`, async (say): Promise<Tried> => {
      const result = await refusalAsProblem(() => proveBundle(host, path, wishes, say));
      return { path, result };
    }),
  );
  const proofs = tried.flatMap(({ result }) => (result.ok ? [result.value] : []));
  const refused = tried.flatMap(({ path, result }) =>
    result.ok
      ? []
      : [{ path, problems: metWith(result, { doing: 'trying', what: path }).problems }],
  );
  if (junit !== undefined)
    await host.writeFile(junit, new TextEncoder().encode(renderJunit(proofs, refused)));
  const [only] = tried;
  if (tried.length === 1 && only?.result.ok === false) return only.result;
  const failed = refused.length > 0 || proofs.some(({ outcome }) => outcome === 'failed');
  return ok({
    text: proofs.map(renderProof).join('\n'),
    json: {
      bundles: proofs,
      refused: refused.map(({ path, problems }) => ({ path, problems: problemsAsData(problems) })),
    },
    problems: refused.flatMap(({ problems }) => problems),
    good: !failed,
    unproven: !failed && proofs.some(({ outcome }) => outcome === 'not proven'),
  });
};

type Tried = { readonly path: string; readonly result: Result<Proof> };

/** Of a checkout, the one that was built with the tool; else that of the package. */
const loaderFolders = (): readonly string[] => [
  join(dirname(resolve(process.argv[1] ?? '')), 'native'),
  '/usr/lib/crashseal',
];

const factsIn = (host: Host, file: string): Promise<Result<MachineFacts>> =>
  host.withTempFolder(async (folder) => {
    const unpacked = await unpackFacts(host, file, folder);
    if (!unpacked.ok) return unpacked;
    const { read } = factsCopy(host, folder);
    const texts = new Map<string, string>();
    for (const path of factPaths) texts.set(path, await read(path));
    return ok(readFacts((path) => texts.get(path) ?? ''));
  });

const factPaths = [
  'sys/devices/system/cpu/possible',
  'proc/iomem',
  'proc/cmdline',
  'sys/firmware/efi/systab',
];
