/** Builds of one bundle in several places, which must be the same byte for byte. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import { words } from '../../pipeline/units/words.ts';
import { testProfile } from './capture.ts';
import { developmentKeys } from './crashseal.ts';
import { testKernelTree } from './kernel-tree.ts';
import { suiteEnvironment, type TestKernelName } from './kernels.ts';
import { nodeOf } from './packages.ts';
import { testSystems } from './systems/systems.ts';
import { withWorkFolder } from './work-folder.ts';

export type Place = {
  readonly place: string;
  readonly zone: string;
  readonly umask: string;
  /** Another place, whose results are still there. */
  readonly warm?: string;
  /** The build machine's; its Node runs under emulation. */
  readonly machine?: GuestArch;
};
export type BytesRow = {
  readonly arch: GuestArch;
  readonly kernel: TestKernelName;
  readonly places: readonly Place[];
};

export const here: Place = { place: 'one', zone: 'UTC', umask: '022' };
export const elsewhere: Place = {
  place: 'another/and/deeper',
  zone: 'Asia/Kathmandu',
  umask: '077',
};
export const warm: Place = { place: 'warm', zone: 'America/St_Johns', umask: '002', warm: 'one' };
export const on = (machine: GuestArch): Place => ({
  ...elsewhere,
  place: `on ${machine}`,
  machine,
});

/** The bundle's digest by place, which must be one. */
export function expectSameBytes({ arch, kernel: series, places }: BytesRow): Promise<void> {
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
      const ran = spawnSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'build', ...build], {
        cwd: at,
        encoding: 'utf8',
        env: { ...process.env, ...suiteEnvironment(testSystems[arch].suite), TZ: zone },
      });
      expect(ran.status, ran.stderr).toBe(0);
      const bundle = readFileSync(join(out, `${name}.crashseal`));
      digests[place] = createHash('sha256').update(bundle).digest('hex');
    }
    expect(new Set(Object.values(digests)).size, JSON.stringify(digests)).toBe(1);
  });
}
