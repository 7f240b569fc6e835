/** What kernels and tools do alike with packages. */
import type { Architecture } from '../arch/architecture.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import { ok, type Result } from '../problem/result.ts';
import type { PinnedPackage } from './apt.ts';
import {
  checkPackage,
  type PackageFile,
  type UnpackedPackage,
  unpackedAlready,
} from './package-file.ts';
import type { PackageFacts } from './package-opener.ts';
import type { InputContext } from './part.ts';

/** Content by digest: what an earlier build unpacked, else fetched and unpacked now. */
export async function packageContent(
  { apt, host, storeFolder }: Pick<InputContext, 'apt' | 'host' | 'storeFolder'>,
  maker: string,
  from: PinnedPackage,
  at: SourcePlace | undefined,
  pinnedBy: 'lock' | 'package-index',
  unpack: (file: PackageFile) => Promise<Result<UnpackedPackage>>,
): Promise<Result<UnpackedPackage>> {
  const kept = await unpackedAlready(host, storeFolder, maker, from.digest);
  if (kept !== undefined) return ok(kept);
  const fetched = await apt.fetch(from, at, pinnedBy);
  if (!fetched.ok) return fetched;
  const file = checkPackage(fetched.value.bytes, from.package, at);
  return file.ok ? unpack(file.value) : file;
}

/** Of those that are made for another architecture, in Debian's words or in those of RPM. */
export function foreignPackages(
  machine: Architecture,
  packages: readonly PackageFacts[],
  at: SourcePlace | undefined,
): readonly Problem[] {
  const expected = machine.debian.architecture;
  const ours = [expected, machine.name, 'all', 'noarch'];
  return packages
    .filter(({ architecture }) => !ours.includes(architecture))
    .map(({ package: name, architecture: found }) => ({
      area: 'input',
      kind: 'deb-wrong-architecture',
      at,
      package: name,
      found,
      expected,
    }));
}
