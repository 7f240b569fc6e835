import { expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { compressionProblems } from '../../pipeline/inputs/dump-compression.ts';
import type { ToolFile } from '../../pipeline/inputs/resolved-inputs.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { inputProfile } from './input-profile.ts';

const makedumpfile = await realHost().readFile('/usr/bin/makedumpfile');

const asking = (compression: Profile['dump']['compression']): Profile => ({
  ...inputProfile({ kernel: { kind: 'packages', paths: ['x.deb'] } }),
  dump: { level: 31, format: 'kdump', compression },
});
const tools = (bytes: Uint8Array): readonly ToolFile[] => [
  { path: 'usr/bin/makedumpfile', mode: 0o755, content: { kind: 'file', bytes } },
];

// Debian 12's is linked with lzo and zlib alone; it would store pages uncompressed without a word.
test.skipIf(makedumpfile === undefined)(
  'a compression that makedumpfile was not built with is refused, with those that it has',
  () => {
    const bytes = makedumpfile ?? new Uint8Array();
    for (const compression of ['none', 'zlib', 'lzo'] as const)
      expect(compressionProblems(asking(compression), tools(bytes))).toEqual([]);
    expect(compressionProblems(asking('zstd'), tools(bytes))).toMatchObject([
      { kind: 'compression-not-built-in', compression: 'zstd', able: ['none', 'zlib', 'lzo'] },
    ]);
  },
);
