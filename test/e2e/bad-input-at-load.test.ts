/**
 * What the loader cannot do right it refuses, with an exit code for each reason, and what was armed stays armed.
 * Before, a failed load could leave a machine with nothing armed, or with an image that could not work.
 */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { armCommand, boot } from '../support/capture.ts';
import { freshWorkFolder, withWorkFolder } from '../support/work-folder.ts';

const armed = async (system: SystemGuest): Promise<string> =>
  (await system.mustRun('cat /sys/kernel/kexec_crash_loaded')).trim();

/** Far less than the time after which a guest counts as hung. */
const panicMs = 60_000;

test('a machine without a crash region is told to boot with crashkernel=, and a panic ends it', () =>
  withWorkFolder('no-crash-region', async (folder) => {
    const { system } = await boot(folder, {
      name: 'no-crash-region',
      kernel: '6.12',
      crashkernel: ['256M'],
      guest: { append: 'console=ttyS0' },
    });
    const { exitCode, output } = await system.run(armCommand);
    expect(exitCode, output).toBe(loaderStatuses.noCrashRegion.code);
    expect(output).toContain('crashkernel=');
    // Whoever waits for such a guest's dump is told at once.
    await system.panic();
    expect((await system.guest.ended(panicMs)).reason).toBe('guest-reset');
  }));

test('a crash region that is smaller than planned is refused with both figures', () =>
  withWorkFolder('small-crash-region', async (folder) => {
    const { system } = await boot(folder, {
      name: 'small-crash-region',
      kernel: '6.12',
      crashkernel: ['256M'],
      guest: { append: 'console=ttyS0 crashkernel=40M' },
    });
    const { exitCode, output } = await system.run(armCommand);
    expect(exitCode, output).toBe(loaderStatuses.crashRegionSmall.code);
    expect(await armed(system)).toBe('0');
    await system.stop();
  }));

test('more CPUs than the template has slots are refused', () =>
  withWorkFolder('too-many-cpus', async (folder) => {
    const { system } = await boot(folder, {
      name: 'too-many-cpus',
      kernel: '6.12',
      cpus: 2,
      profile: { limits: { cpus: 1, memoryRanges: 32 } },
    });
    const { exitCode, output } = await system.run(armCommand);
    expect(exitCode, output).toBe(loaderStatuses.tooManyCpus.code);
    expect(await armed(system)).toBe('0');
    await system.stop();
  }));

describe('on a machine that is armed', () => {
  const folder = freshWorkFolder('refusals');
  let system: SystemGuest;
  let bundle: string;

  beforeAll(async () => {
    const booted = await boot(folder, {
      name: 'refusals',
      kernel: '6.12',
      files: [{ path: 'bin/flip', mode: 0o755, content: { text: flipProgram } }],
    });
    system = booted.system;
    bundle = booted.bundle;
    await system.mustRun(armCommand);
    expect(await armed(system)).toBe('1');
  });

  afterAll(async () => {
    await system.stop();
    rmSync(folder, { recursive: true });
  });

  test('a bundle with one flipped bit in any member is refused, and the old one stays armed', async () => {
    for (const { name, offset } of members(bundle)) {
      await system.mustRun(`flip /bundle /run/flipped ${offset}`);
      const { exitCode, output } = await system.run(
        'crashseal-load --trust /etc/trust.pem /run/flipped',
      );
      const statuses = [
        loaderStatuses.badDigest,
        loaderStatuses.badSignature,
        loaderStatuses.badEnvelope,
        loaderStatuses.badSeal,
        loaderStatuses.badChain,
      ];
      expect(
        statuses.map(({ code }) => code),
        `${name}: ${output}`,
      ).toContain(exitCode);
      expect(await armed(system), name).toBe('1');
    }
  });

  test('a truncated bundle is refused', async () => {
    await system.mustRun('head -c 1000000 /bundle >/run/short');
    const { exitCode, output } = await system.run(
      'crashseal-load --trust /etc/trust.pem /run/short',
    );
    expect(exitCode, output).toBe(loaderStatuses.badEnvelope.code);
    expect(await armed(system)).toBe('1');
  });

  test('without a trust store nothing is loaded', async () => {
    const { exitCode, output } = await system.run('crashseal-load --trust /nowhere /bundle');
    expect(exitCode, output).toBe(loaderStatuses.noTrust.code);
    expect(await armed(system)).toBe('1');
  });

  test('who is not root is told so', async () => {
    await system.mustRun(
      "adduser -D -H nobody 2>/dev/null; echo 'user:x:1000:1000::/:/bin/sh' >>/etc/passwd",
    );
    const { exitCode, output } = await system.run(`su user -c '${armCommand}'`);
    expect(exitCode, output).toBe(loaderStatuses.noPermission.code);
    expect(await armed(system)).toBe('1');
  });

  test('hidden symbols are no obstacle: no address comes from there', async () => {
    await system.mustRun('echo 2 >/proc/sys/kernel/kptr_restrict');
    await system.mustRun(armCommand);
    await system.mustRun('echo 0 >/proc/sys/kernel/kptr_restrict');
    expect(await armed(system)).toBe('1');
  });

  test('a memory map of zeros, as a kernel shows it to those it does not trust, is refused', async () => {
    await system.mustRun('crashseal-load --trust /etc/trust.pem --facts /run/facts.tar /bundle');
    await system.mustRun('mkdir -p /run/facts && tar -xf /run/facts.tar -C /run/facts');
    const load = 'crashseal-load --root /run/facts --trust /etc/trust.pem /bundle';
    await system.mustRun(load);
    const zeros = 's/[0-9a-f]\\{8,\\}-[0-9a-f]\\{8,\\}/00000000-00000000/';
    await system.mustRun(`sed -i '${zeros}' /run/facts/proc/iomem`);
    const { exitCode, output } = await system.run(load);
    expect(exitCode, output).toBe(loaderStatuses.hiddenAddresses.code);
  });

  test('kexec_load_disabled is named, and the old image stays armed', async () => {
    await system.mustRun('echo 1 >/proc/sys/kernel/kexec_load_disabled');
    const { exitCode, output } = await system.run(armCommand);
    expect(exitCode, output).toBe(loaderStatuses.loadDisabled.code);
    expect(await armed(system)).toBe('1');
  });
});

/** Copies a file with one bit of one byte flipped. */
const flipProgram = `#!/bin/sh
cp "$1" "$2"
byte=$(dd if="$1" bs=1 skip="$3" count=1 2>/dev/null | hexdump -e '"%d"')
printf "\\\\$(printf %o $((byte ^ 4)))" | dd of="$2" bs=1 seek="$3" conv=notrunc 2>/dev/null
`;

/** The middle of each member of a bundle, which is a plain tar. */
function members(path: string): readonly { readonly name: string; readonly offset: number }[] {
  const archive = readFileSync(path);
  const found: { name: string; offset: number }[] = [];
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const name = archive.toString('latin1', at, archive.indexOf(0, at));
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8);
    found.push({ name, offset: at + 512 + Math.floor(size / 2) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}
