/**
 * The same profile and the same inputs give the same bundle, byte for byte: from another folder, in another time
 * zone, under another umask, with the files of a folder in another order, with and without what was kept from before;
 * and on a build machine of another architecture.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import { words } from '../../pipeline/units/words.ts';
import { testProfile } from '../support/capture.ts';
import { developmentKeys } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { suiteEnvironment, type TestKernelName } from '../support/kernels.ts';
import { nodeOf } from '../support/packages.ts';
import { testSystems } from '../support/systems/systems.ts';
import { withWorkFolder } from '../support/work-folder.ts';

type Place = {
  readonly place: string;
  readonly zone: string;
  readonly umask: string;
  /** Another place, whose results are still there. */
  readonly warm?: string;
  /** The build machine's; its Node runs under emulation. */
  readonly machine?: GuestArch;
};
type Row = {
  readonly arch: GuestArch;
  readonly kernel: TestKernelName;
  readonly places: readonly Place[];
};

const here: Place = { place: 'one', zone: 'UTC', umask: '022' };
const elsewhere: Place = { place: 'another/and/deeper', zone: 'Asia/Kathmandu', umask: '077' };
const warm: Place = { place: 'warm', zone: 'America/St_Johns', umask: '002', warm: 'one' };
const on = (machine: GuestArch): Place => ({ ...elsewhere, place: `on ${machine}`, machine });

const rows: readonly Row[] = [
  { arch: 'x86_64', kernel: '6.12', places: [here, elsewhere, warm] },
  { arch: 'arm64', kernel: '6.12', places: [here, elsewhere, on('arm64')] },
  { arch: 'riscv64', kernel: '6.12', places: [here, elsewhere, on('riscv64')] },
  { arch: 'i386', kernel: '6.1', places: [here, elsewhere, on('i386')] },
];

test.each(rows)('same-inputs-same-bytes on $arch', ({ arch, kernel: series, places }) => {
  const name = `same-${arch}`;
  return withWorkFolder(name, async (folder) => {
    const kernel = await testKernelTree(series, arch);
    const keys = developmentKeys(join('out', 'e2e'));
    const digests: Record<string, string> = {};
    for (const { place, zone, umask, warm: other, machine = 'x86_64' } of places) {
      const at = resolve(folder, place);
      const out = other === undefined ? at : resolve(folder, other);
      mkdirSync(at, { recursive: true });
      const profile = join(at, `${name}.yaml`);
      writeFileSync(profile, JSON.stringify(testProfile({ name, arch, kernel: series }, kernel)));
      const build = [
        ...(await nodeOf(machine)),
        ...words`${resolve('out/crashseal.mjs')} build`,
        ...[profile, '--out', out, '--lock', join(at, 'crashseal.lock')],
        ...words`--key ${resolve(keys.key)} --cert ${resolve(keys.certificates)}`,
      ];
      const began = Date.now();
      const ran = spawnSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'build', ...build], {
        cwd: at,
        encoding: 'utf8',
        env: { ...process.env, ...suiteEnvironment(testSystems[arch].suite), TZ: zone },
      });
      console.log(arch, place, Date.now() - began);
      expect(ran.status, ran.stderr).toBe(0);
      const bundle = readFileSync(join(out, `${name}.crashseal`));
      digests[place] = createHash('sha256').update(bundle).digest('hex');
    }
    expect(new Set(Object.values(digests)).size, JSON.stringify(digests)).toBe(1);
  });
});
