import { basename, join, resolve } from 'node:path';
import { build } from '../../batch/batch.ts';
import type { Host } from '../../host/host.ts';
import type { Progress } from '../../host/progress.ts';
import { ok, type Result } from '../../problem/result.ts';
import { contentsOf } from '../../sbom/contents.ts';
import { cycloneDx } from '../../sbom/cyclonedx.ts';
import { spdx } from '../../sbom/spdx.ts';
import { type Bundle, openBundle } from '../../seal/bundle.ts';
import { buildDate } from '../build-date.ts';
import { cacheFolder } from '../cache.ts';
import { purgatoryOf } from '../embedded-images.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';
import { version } from '../version.ts';

type Options = OptionsOf<'sbom'>;

const writers = { cyclonedx: cycloneDx, spdx } as const;

export const run: VerbModule<Options>['run'] = async ({ host, progress }, args, options) => {
  const path = args[0] ?? '';
  const date = buildDate(host, options.date);
  if (date !== undefined && typeof date !== 'number') return date;
  const bundle = /\.ya?ml$/.test(path)
    ? await builtFrom(host, progress, path, date, options)
    : await progress.step(`reading ${path}`, () => openBundle(host, path));
  if (!bundle.ok) return bundle;
  const contents = await progress.step('listing what it holds', () =>
    contentsOf(host, bundle.value),
  );
  if (!contents.ok) return contents;
  const { files, inputs, members } = contents.value;
  const text = writers[options.format](contents.value, version);
  const { output } = options;
  if (output === undefined) return ok({ text, json: JSON.parse(text), good: true });
  await host.writeFile(output, new TextEncoder().encode(text));
  const packages = inputs.filter((input) => input.package !== undefined);
  const known = packages.filter((input) => input.package?.licences !== undefined);
  return ok({
    text: `${output}  ${packages.length} packages, ${known.length} of which tell their licences, ${files.length} files in the initramfs, ${members.length} members\n`,
    json: {
      path: output,
      packages: packages.length,
      licensed: known.length,
      files: files.length,
      members: members.length,
    },
    good: true,
  });
};

/** The bundle that a build would make, in a folder that is gone afterwards, and with a copy of the lock. */
async function builtFrom(
  host: Host,
  progress: Progress,
  profile: string,
  date: number | undefined,
  options: Options,
): Promise<Result<Bundle>> {
  const store = resolve(host.cwd(), options.out, 'store');
  await host.makeFolder(store);
  return host.withTempFolder(async (temp): Promise<Result<Bundle>> => {
    const lockFile = join(temp, basename(options.lock));
    const lock = await host.readFile(options.lock);
    if (lock !== undefined) await host.writeFile(lockFile, lock);
    const built = await build(host, {
      profiles: [profile],
      out: temp,
      store,
      packages: { cache: cacheFolder(host), archives: options.packages },
      lockFile,
      updateLock: false,
      signer: undefined,
      buildDate: date,
      purgatoryOf,
      toolVersion: version,
      record: undefined,
      tool: undefined,
      jobs: 1,
      keepGoing: false,
      progress,
    });
    if (!built.ok) return built;
    const [outcome] = built.value;
    const result = outcome?.result;
    if (result === undefined) throw new Error('one profile has one outcome');
    return result.ok ? openBundle(host, result.value.path) : result;
  });
}
