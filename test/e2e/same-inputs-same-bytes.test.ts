/**
 * The same profile and the same inputs give the same bundle, byte for byte: from another folder, in another time
 * zone, under another umask, with the files of a folder in another order, with and without what was kept from before.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { words } from '../../pipeline/units/words.ts';
import { testProfile } from '../support/capture.ts';
import { developmentKeys } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('same-inputs-same-bytes', () =>
  withWorkFolder('same-bytes', async (folder) => {
    const kernel = await testKernelTree('6.12');
    const keys = developmentKeys(join('out', 'e2e'));
    const scenario = { name: 'same', kernel: '6.12' } as const;
    const digests = [
      { place: 'one', zone: 'UTC', umask: '022' },
      { place: 'another/and/deeper', zone: 'Asia/Kathmandu', umask: '077' },
      { place: 'warm', zone: 'America/St_Johns', umask: '002', warm: 'one' },
    ].map(({ place, zone, umask, warm }) => {
      const at = resolve(folder, place);
      const out = warm === undefined ? at : resolve(folder, warm);
      mkdirSync(at, { recursive: true });
      const profile = join(at, 'same.yaml');
      writeFileSync(profile, JSON.stringify(testProfile(scenario, kernel)));
      const build = words`
        ${process.execPath} ${resolve('out/crashseal.mjs')} build ${profile} --out ${out}
        --lock ${join(at, 'crashseal.lock')}
        --key ${resolve(keys.key)} --cert ${resolve(keys.certificates)}
      `;
      const ran = spawnSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'build', ...build], {
        cwd: at,
        encoding: 'utf8',
        env: { ...process.env, TZ: zone },
      });
      expect(ran.status, ran.stderr).toBe(0);
      const bundle = readFileSync(join(out, 'same.crashseal'));
      return createHash('sha256').update(bundle).digest('hex');
    });
    expect(new Set(digests).size).toBe(1);
  }));
