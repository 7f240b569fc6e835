/**
 * Under Secure Boot the kernel forbids kexec_load(2). With `backend: auto` the bundle is loaded by
 * kexec_file_load(2) instead, never in silence: result, --status and JSON say why, and which guarantees
 * are gone. The kernel checks the sealed kernel's signature itself; one that it does not know is refused,
 * and so is a bundle that is sealed for segments. Before, a locked-down machine had no kdump.
 */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fileLosses } from '../../pipeline/format/seal-layout.ts';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { armCommand, type Booted, boot, endWithDump } from '../support/capture.ts';
import type { ProfileText } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { secureBoot, secureBootMissing, signedByOwner } from '../support/secure-boot.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const missing = secureBootMissing();
const securityfs = 'mount -t securityfs securityfs /sys/kernel/security';
const losses = Object.keys(fileLosses).map((name) =>
  name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`),
);

/** Debian's 6.12 under Secure Boot; the sealed kernel is the same one, signed by the machine's owner, or as packaged. */
async function lockedDown(
  folder: string,
  name: string,
  profile: ProfileText,
  signer: 'owner' | 'debian' = 'owner',
): Promise<Booted> {
  const tree = await testKernelTree('6.12');
  const signed = signedByOwner(folder, tree.vmlinuz);
  const image = signer === 'owner' ? signed : tree.vmlinuz;
  const files = {
    config: `${tree.root}/boot/config-${tree.release}`,
    modules: `${tree.root}/lib/modules/${tree.release}`,
  };
  const kernel = { from: 'files', image: resolve(image), ...files };
  const booted = await boot(folder, {
    name,
    kernel: '6.12',
    cpus: 2,
    memory: 1024,
    // On a busy host the firmware's SMM makes Linux lose the timer that it tries out.
    append: 'no_timer_check',
    profile: { kernel, ...profile },
    guest: secureBoot(folder, signed),
  });
  expect(await booted.system.mustRun('dmesg')).toContain('locked down from EFI Secure Boot');
  return booted;
}

test.skipIf(missing !== undefined)('lockdown-uses-file-backend-and-says-so', () =>
  withWorkFolder('lockdown', async (folder) => {
    const booted = await lockedDown(folder, 'lockdown', { backend: 'auto' });
    const { system } = booted;

    // Nothing tells of lockdown, so the call itself has to: IMA's policy of Secure Boot comes first.
    const told = await system.mustRun(armCommand);
    expect(told).toContain('by kexec_file_load, because a policy of the kernel forbids kexec_load');
    expect(await system.mustRun('crashseal-load --unload')).toContain('unloaded');
    await system.mustRun(securityfs);
    expect((await system.run('crashseal-load --status')).exitCode).toBe(3);

    const dry = JSON.parse(await system.mustRun(`${armCommand} --dry-run --json 2>/dev/null`));
    expect(dry).toMatchObject({ backend: 'file', backendBecause: 'locked-down' });
    expect(dry.guaranteesGone).toEqual(losses);
    expect(dry.guarantees).toMatchObject({
      signature: true,
      memberDigests: true,
      crashHotplug: true,
      elfCoreHeaderChecked: false,
      digestsCheckedAfterPanic: false,
    });

    const words = `by kexec_file_load, because the kernel is locked down; these guarantees are gone: ${losses.join(', ')}`;
    expect(await system.mustRun(armCommand)).toContain(words);
    expect(await system.mustRun('crashseal-load --status')).toContain(words);
    const status = JSON.parse(await system.mustRun('crashseal-load --status --json'));
    expect(status.record).toMatchObject({ action: 'armed', backend: 'file' });
    expect(status.record.guaranteesGone).toEqual(losses);

    const mark = await system.panic();
    await endWithDump(system, booted.disk);
    expect(complaintsAbout(booted.disk, { ...booted, mark, cpus: 2 })).toEqual([]);
  }),
);

test.skipIf(missing !== undefined)(
  'lockdown refuses a sealed kernel whose signer it does not know',
  () =>
    withWorkFolder('lockdown-signer', async (folder) => {
      const profile = { backend: 'file' };
      const { system } = await lockedDown(folder, 'lockdown-signer', profile, 'debian');
      const refused = await system.run(armCommand);
      expect(refused.exitCode).toBe(15);
      expect(refused.output).toMatch(/error: kexec_file_load: .*\nhint: .*keyring/);
      expect((await system.run('crashseal-load --status')).exitCode).toBe(3);
      await system.stop();
    }),
);

test.skipIf(missing !== undefined)('lockdown refuses a bundle that is sealed for segments', () =>
  withWorkFolder('lockdown-segments', async (folder) => {
    const { system } = await lockedDown(folder, 'lockdown-segments', { backend: 'segments' });
    await system.mustRun(securityfs);
    const refused = await system.run(armCommand);
    expect(refused.exitCode).toBe(12);
    expect(refused.output).toContain('set backend: auto in the profile');
    await system.stop();
  }),
);
