/**
 * What a bundle must not hold, a key for one, a machine may add to its own capture initramfs, where the
 * profile allows it: the capture kernel has the file, the loader tells its digest, purgatory checks it.
 * A bundle whose profile does not speak of it refuses.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { flipBit, loadedImage } from '../../pipeline/guest/loaded-image.ts';
import { scriptedInit, systemInitramfs } from '../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** Says on the console what the overlay brought. */
const tell = scriptedInit('echo "the secret is $(cat /etc/dump.key)" >/dev/kmsg; poweroff -f');

test('local-overlay-is-unpacked', () =>
  withWorkFolder('local-overlay', async (folder) => {
    const secret = randomBytes(16).toString('hex');
    const bytes = Buffer.from(`${secret}\n`);
    const overlay = writeCpio([{ kind: 'file', path: 'etc/dump.key', mode: 0o600, bytes }]);
    writeFileSync(join(folder, 'own.cpio'), systemInitramfs({ drivers: [], init: tell }));
    writeFileSync(join(folder, 'overlay'), overlay);
    const { system, bundle } = await boot(folder, {
      name: 'local-overlay',
      kernel: '6.12',
      ownInitramfs: 'own.cpio',
      profile: { localOverlay: { max: '64K' } },
      files: [{ path: 'overlay', mode: 0o644, content: { from: join(folder, 'overlay') } }],
    });
    expect(readFileSync(bundle).includes(secret)).toBe(false);
    const arm = `${armCommand} --overlay /overlay`;

    const open = await system.run(arm);
    expect(open).toMatchObject({ exitCode: 51 });
    expect(open.output).toMatch(/^error: .*\nhint: .*chmod 600/m);
    await system.mustRun('chmod 600 /overlay');
    const digest = createHash('sha256').update(overlay).digest('hex');
    expect(await system.mustRun(arm)).toContain(`with a local overlay, SHA-256 ${digest}`);
    expect(await system.mustRun('crashseal-load --status')).toContain(digest);

    // The machine's own place for it needs no option, and is judged alike.
    expect(await system.mustRun(armCommand)).not.toContain('local overlay');
    await system.mustRun('mkdir -p /etc/crashseal && mv /overlay /etc/crashseal/overlay');
    expect(await system.mustRun(armCommand)).toContain(`with a local overlay, SHA-256 ${digest}`);
    await system.mustRun('chmod 644 /etc/crashseal/overlay');
    expect(await system.run(armCommand)).toMatchObject({ exitCode: 51 });
    await system.mustRun('ln -sf /nowhere /etc/crashseal/overlay');
    expect(await system.run(armCommand)).toMatchObject({ exitCode: 51 });
    expect(await system.mustRun('crashseal-load --status')).toContain(digest);

    const { regions } = await loadedImage(system, folder);
    expect(regions.map(({ name }) => name)).toContain('initramfs.local');
    await system.panic();
    await system.guest.console.waitFor(new RegExp(`the secret is ${secret}`));
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
  }));

test('local-overlay: one that was damaged is found, and a bundle without room refuses', () =>
  withWorkFolder('local-overlay-refused', async (folder) => {
    const overlay = writeCpio([
      { kind: 'file', path: 'etc/dump.key', mode: 0o600, bytes: Buffer.from('key\n') },
    ]);
    writeFileSync(join(folder, 'overlay'), overlay);
    const files = [
      { path: 'overlay', mode: 0o600, content: { from: join(folder, 'overlay') } },
    ] as const;
    const scenario = { kernel: '6.12', files } as const;
    const allowed = await boot(folder, {
      ...scenario,
      name: 'local-overlay-damaged',
      profile: { localOverlay: { max: '4K' } },
    });
    await allowed.system.mustRun(`${armCommand} --overlay /overlay`);
    const { regions } = await loadedImage(allowed.system, folder);
    const region = regions.find(({ name }) => name === 'initramfs.local');
    await flipBit(allowed.system, (region?.start ?? 0n) + 200n, 1);
    await allowed.system.panic();
    await allowed.system.guest.console.waitFor(/corrupt region "initramfs.local"/);
    expect((await allowed.system.guest.ended()).reason).toBe('guest-reset');

    const { system } = await boot(folder, { ...scenario, name: 'local-overlay-refused' });
    await system.mustRun('mkdir -p /etc/crashseal && cp -p /overlay /etc/crashseal/overlay');
    expect(await system.mustRun(armCommand)).not.toContain('local overlay');
    await system.mustRun('crashseal-load --unload');
    const refused = await system.run(`${armCommand} --overlay /overlay`);
    expect(refused.exitCode).toBe(51);
    expect((await system.run('crashseal-load --status')).exitCode).toBe(3);
    await system.stop();
  }));
