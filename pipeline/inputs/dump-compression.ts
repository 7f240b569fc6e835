/** Whether the makedumpfile that was found can compress as the profile asks. */
import { dynamicOf, readElf } from '../format/elf.ts';
import type { Problem } from '../problem/problem.ts';
import type { Profile } from '../profile/keys/keys.ts';
import type { ToolFile } from './resolved-inputs.ts';

/** makedumpfile is linked with a library for each compression that it was built for; zlib is always there. */
const libraries: Readonly<Record<Profile['dump']['compression'], string | undefined>> = {
  none: undefined,
  zlib: undefined,
  lzo: 'liblzo2.so',
  snappy: 'libsnappy.so',
  zstd: 'libzstd.so',
};

export function compressionProblems(
  profile: Profile,
  tools: readonly ToolFile[],
): readonly Problem[] {
  const { compression } = profile.dump;
  const library = libraries[compression];
  const tool = tools.find(({ path }) => path === 'usr/bin/makedumpfile');
  if (library === undefined || tool?.content.kind !== 'file') return [];
  const elf = readElf(tool.content.bytes);
  const dynamic = elf.ok ? dynamicOf(elf.value) : undefined;
  const needed = dynamic?.ok === true ? dynamic.value.needed : [];
  // A static one tells nothing of what it can do.
  if (needed.length === 0) return [];
  const has = (wanted: string): boolean => needed.some((name) => name.startsWith(wanted));
  if (has(library)) return [];
  const able = Object.entries(libraries)
    .filter(([, name]) => name === undefined || has(name))
    .map(([name]) => name);
  return [
    {
      area: 'input',
      kind: 'compression-not-built-in',
      at: profile.placeOf('dump.compression'),
      compression,
      able,
    },
  ];
}
