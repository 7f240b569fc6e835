/**
 * Whatever is refused, and whatever goes wrong, a machine that was armed stays armed: what captures the panic at
 * the end is what was armed before all of it. Before, a kexec_load that failed left nothing armed until the next
 * boot, an older bundle than the armed one was taken, and two loaders at once disturbed each other.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { crashRegionsOf } from '../../pipeline/guest/loaded-image.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { systemInitramfs } from '../../pipeline/guest/system-initramfs.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { bundlesFolder, endWithDump, loaderFiles, testProfile } from '../support/capture.ts';
import { buildBundle, developmentKeys } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { sealHeads } from '../support/resealed.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

/** MiB. Half of what the crash region leaves is less than the region: see `large`. */
const memory = 704;
const name = 'life-cycle';
const folder = freshWorkFolder(name);
const disk = join(folder, 'disk.raw');

const changes: Readonly<Record<string, (seal: Seal) => Partial<Seal>>> = {
  newer: () => ({ epoch: 5n }),
  'wrong-machine': (seal) => ({
    epoch: 9n,
    match: [
      ...seal.match,
      { kind: 'equals', path: 'sys/class/dmi/id/sys_vendor', value: 'Nobody' },
    ],
  }),
  'wrong-kernel': (seal) => ({
    epoch: 9n,
    match: [...seal.match, { kind: 'prefix', path: 'proc/sys/kernel/osrelease', value: '5.' }],
  }),
  /** Occupies more than half of the machine's memory, which the kernel looks at after it has freed what was armed. */
  large: (seal) => {
    const size = 256n << 20n;
    const others = seal.segments.reduce((sum, { memsz }) => sum + memsz, 0n);
    const last = seal.segments.reduce((a, b) => (b.place > a.place ? b : a));
    const memsz = last.memsz + (236n << 20n) - others;
    return {
      epoch: 9n,
      crashSize: size,
      segments: seal.segments.map((segment) => (segment === last ? { ...last, memsz } : segment)),
    };
  },
};

let system: SystemGuest;
let load: (...words: string[]) => ReturnType<SystemGuest['run']>;
beforeAll(async () => {
  const kernel = await testKernelTree('6.12');
  const keys = developmentKeys(join('out', 'e2e'));
  const scenario = { name, kernel: '6.12' } as const;
  const bundle = buildBundle(folder, testProfile(scenario, kernel), keys, bundlesFolder);
  const heads = await sealHeads(bundle, keys);
  const variants = await Promise.all(
    Object.entries(changes).map(async ([variant, change]) => {
      const path = join(folder, `${variant}.head`);
      writeFileSync(path, await heads.with(change));
      return { path: `heads/${variant}`, content: { from: path } };
    }),
  );
  makeDumpDevice(disk, memory);
  const initrd = join(folder, 'system.cpio');
  const files = [
    ...loaderFiles('x86_64', bundle, keys.trust),
    ...variants,
    {
      path: 'bin/variant',
      mode: 0o755,
      content: {
        text: `#!/bin/sh\ncat "/heads/$1" >/variant && tail -c +${heads.size + 1} /bundle >>/variant\n`,
      },
    },
  ];
  writeFileSync(initrd, systemInitramfs({ kernel, files }));
  system = await SystemGuest.start({
    name,
    kernel: kernel.vmlinuz,
    initrd,
    memory: `${memory}M`,
    cpus: 2,
    append: 'console=ttyS0 crashkernel=256M',
    disks: [{ path: disk, serial: 'crashdump' }],
  });
  load = (...words) => system.run(['crashseal-load --trust /etc/trust.pem', ...words].join(' '));
});

afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true });
});

const told = async (line: string): Promise<string> => (await system.mustRun(line)).trim();
const armed = () => told('cat /sys/kernel/kexec_crash_loaded');
const record = () => told('cat /run/crashseal/armed.json');
const floor = () => told('cat /var/lib/crashseal/floor');

/** The load must end so, and leave everything as it was. */
async function refused(status: { readonly code: number }, ...words: string[]): Promise<string> {
  const before = [await record(), await floor()];
  const { exitCode, output } = await load(...words);
  expect(exitCode, output).toBe(status.code);
  expect(await armed()).toBe('1');
  expect([await record(), await floor()]).toEqual(before);
  return output;
}

test('a load raises the floor and keeps the bundle', async () => {
  const now = Number(await told('date +%s'));
  // A clock that is ahead leaves no trace: what was signed has dates of its own.
  await system.mustRun(`date -s @${now + 86_400} && variant newer`);
  const { exitCode, output } = await load('/variant');
  expect(exitCode, output).toBe(0);
  const time = /^epoch 5\ntime (\d{10})$/.exec(await floor())?.[1];
  expect(Number(time)).toBeLessThanOrEqual(now);
  await system.mustRun(`date -s @${now}`);
  await system.mustRun('cmp /variant /var/lib/crashseal/last-good');
  // What is written into the same file is not written into the bundle that is kept.
  await system.mustRun('echo >/variant; ! cmp -s /variant /var/lib/crashseal/last-good');
});

test('older-epoch-is-refused-and-last-good-stays-armed', async () => {
  expect(await floor()).toContain('epoch 5');
  await refused(loaderStatuses.oldEpoch, '/bundle');
});

test('tampered-bundle-is-refused-and-last-good-stays-armed', async () => {
  await system.mustRun('variant newer');
  const flip = (offset: number) =>
    system.mustRun(`printf '\\377\\376' | dd of=/variant bs=1 seek=${offset} conv=notrunc`);
  await flip(30_000_000);
  await refused(loaderStatuses.badDigest, '/variant');
  await flip(600);
  await refused(loaderStatuses.badSignature, '/variant');
  await system.mustRun('rm /variant');
});

test('wrong-machine-is-refused-and-last-good-stays-armed', async () => {
  await system.mustRun('variant wrong-machine');
  await refused(loaderStatuses.wrongMachine, '/variant');
  await system.mustRun('variant wrong-kernel');
  await refused(loaderStatuses.wrongKernel, '/variant');
});

test('expired-signer-is-refused-and-last-good-stays-armed', async () => {
  const now = await told('date +%s');
  await system.mustRun('date -s @4100000000 && variant newer');
  await refused(loaderStatuses.badChain, '/variant');
  // Back in 1970 the floor's time counts, and a load is no harder than before.
  await system.mustRun('date -s @100000');
  const { exitCode, output } = await load('/variant');
  expect(exitCode, output).toBe(0);
  await system.mustRun(`date -s @${now}`);
});

test('of several bundles the best acceptable one is armed, and the others are told', async () => {
  await system.mustRun('mkdir /several && mv /variant /several/b.crashseal');
  await system.mustRun('ln -s /bundle /several/a.crashseal; echo >/several/c.crashseal');
  const { exitCode, output } = await load('/several');
  expect(exitCode, output).toBe(0);
  expect(output.match(/^refused: /gm)).toHaveLength(2);
  expect(output).toMatch(/refused: \/several\/a.crashseal: /);
  expect(output).toMatch(/refused: \/several\/c.crashseal: /);
  await system.mustRun('rm -r /several');
});

test('a floor that cannot be written is told, and the machine is armed all the same', async () => {
  await system.mustRun('ln /var/lib/crashseal/last-good /kept');
  await system.mustRun('mount -t tmpfs -o size=8k tmpfs /var/lib/crashseal');
  const old = 'epoch 4\ntime 1700000000';
  await system.mustRun("printf 'epoch 4\\ntime 1700000000\\n' >/var/lib/crashseal/floor");
  await system.run('cat /dev/zero >/var/lib/crashseal/fill');
  const notKept = async (reason: string) => {
    const { exitCode, output } = await load('/kept');
    expect(exitCode, output).toBe(loaderStatuses.floorNotKept.code);
    expect(output).toContain(reason);
    expect(output).toMatch(/^armed: /m);
    expect(await armed()).toBe('1');
    expect(await floor()).toBe(old);
    expect(await told('ls -1 /var/lib/crashseal')).toBe('fill\nfloor');
  };
  await notKept('no space left');
  await system.mustRun('mount -o remount,ro /var/lib/crashseal');
  await notKept('read-only file system');
  await system.mustRun('umount /var/lib/crashseal && rm /kept');
});

test('loaders at once are one after another', async () => {
  const command = 'crashseal-load --trust /etc/trust.pem /var/lib/crashseal/last-good';
  const one = `( ${command} >/dev/null 2>&1; echo $? >>/codes ) &`;
  await system.mustRun(`rm -f /codes; ${one} ${one} ${one} ${one} wait`);
  expect(await told('cat /codes')).toBe('0\n0\n0\n0');
  expect(await armed()).toBe('1');
});

/**
 * The loader makes no call that it knows to fail, so it is told something false: that the machine has more
 * memory. The kernel then frees what was armed, finds that the new image would occupy more than half of its
 * memory, and says EINVAL.
 */
test('failed-load-rearms-last-good', async () => {
  await system.mustRun('variant large');
  expect((await load('/variant')).exitCode).toBe(loaderStatuses.noPlace.code);
  await system.mustRun(
    "sed 's/^MemTotal: .*/MemTotal: 4000000 kB/' /proc/meminfo >/meminfo && mount -o bind /meminfo /proc/meminfo",
  );
  const { exitCode, output } = await load('/variant', '2>&1');
  expect(exitCode, output).toBe(loaderStatuses.kernelRefused.code);
  expect(output).toMatch(/^error: kexec_load: /m);
  expect(await armed()).toBe('1');

  const { output: json } = await load('--json', '/variant', '2>/dev/null');
  expect(JSON.parse(json)).toMatchObject({
    status: 'kernel-refused',
    exitCode: loaderStatuses.kernelRefused.code,
    bundle: { epoch: 9 },
    rearmed: { status: 'ok', action: 'armed', bundle: { epoch: 5 } },
  });
  expect(JSON.parse(await record())).toMatchObject({ action: 'armed', bundle: { epoch: 5 } });
  expect(await floor()).toContain('epoch 5');

  // Without a last good bundle the loader says what is left: nothing, and no record of anything.
  await system.mustRun('mv /var/lib/crashseal/last-good /kept');
  const nothing = await load('/variant', '2>&1');
  expect(nothing.exitCode).toBe(loaderStatuses.kernelRefused.code);
  expect(await armed()).toBe('0');
  expect(await told('ls -1 /run/crashseal')).toBe('lock\nrefused');

  await system.mustRun('umount /proc/meminfo; mv /kept /var/lib/crashseal/last-good');
  expect((await load('/var/lib/crashseal/last-good')).exitCode).toBe(0);
  await system.mustRun('mount -o bind /meminfo /proc/meminfo');
  expect((await load('/variant')).exitCode).toBe(loaderStatuses.kernelRefused.code);
});

test('what stayed armed captures the panic', async () => {
  await system.mustRun('rm /variant; umount /proc/meminfo');
  const crashRegions = await crashRegionsOf(system);
  const mark = await system.panic(1);
  await endWithDump(system, disk);
  expect(complaintsAbout(disk, { cpus: 2, mark, crashRegions })).toEqual([]);
});
