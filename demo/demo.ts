/** `make demo`: the main job once, from a profile to the log of a machine that has died, with the times. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionMarker, makeDumpDevice } from '../pipeline/guest/dump-device.ts';
import { dmesgOf, rearrange } from '../pipeline/guest/makedumpfile.ts';
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import { systemInitramfs } from '../pipeline/guest/system-initramfs.ts';
import { buildBundle, developmentKeys, loaderProgram } from '../test/support/crashseal.ts';
import { testKernelTree } from '../test/support/kernel-tree.ts';

const folder = join('out', 'demo');
const memoryMib = 1024;
const crashkernel = '256M';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const at = (milliseconds: number, what: string): void =>
  say(`  ${(milliseconds / 1000).toFixed(2).padStart(6)} s  ${what}`);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

say("Fetching Debian's kernel and building a bundle from it");
const kernel = await testKernelTree('6.12');
const keys = developmentKeys(folder);
const started = performance.now();
const bundle = buildBundle(
  folder,
  {
    name: 'demo',
    extends: join('..', '..', 'profiles', 'qemu-development.yaml'),
    kernel: { from: 'deb', path: kernel.deb },
    crashkernel,
    target: { kind: 'raw', device: 'SERIAL=crashdump' },
    finalAction: 'poweroff',
    failureAction: 'poweroff',
    console: { device: 'ttyS0' },
  },
  keys,
);
say(`  ${bundle}, in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);

const initrd = join(folder, 'system.cpio');
const disk = join(folder, 'disk.raw');
makeDumpDevice(disk, 256);
writeFileSync(
  initrd,
  systemInitramfs({
    kernel,
    files: [
      { path: 'sbin/crashseal-load', mode: 0o755, content: { from: loaderProgram } },
      { path: 'etc/trust.pem', content: { from: keys.trust } },
      { path: 'bundle', content: { from: bundle } },
    ],
  }),
);

say(`QEMU boots ${kernel.release} with ${memoryMib} MiB and crashkernel=${crashkernel}`);
const system = await SystemGuest.start({
  name: 'demo',
  logFolder: folder,
  kernel: kernel.vmlinuz,
  initrd,
  memory: `${memoryMib}M`,
  append: `console=ttyS0 crashkernel=${crashkernel}`,
  disks: [{ path: disk, serial: 'crashdump' }],
});
const { console, startedAt } = system.guest;
const now = (): number => performance.now() - startedAt;
at(console.find(/Linux version/)?.at ?? now(), 'kernel up');
at(now(), 'user space up');

const before = now();
await system.mustRun('crashseal-load --trust /etc/trust.pem /bundle');
at(now(), `armed, in ${Math.round(now() - before)} ms`);

const mark = await system.panic();
at((await console.waitFor(/Kernel panic/)).at, 'panic');
at((await console.waitFor(/Linux version/)).at, "capture kernel's first line");
const end = await system.guest.ended();
const marker = completionMarker(disk);
if (end.reason !== 'guest-shutdown' || !marker.includes('state=complete')) {
  say(`no dump was saved; the console is in ${folder}/demo.log\n${console.tail()}`);
  process.exit(1);
}
at(now(), 'vmcore saved, machine off');

const vmcore = join(folder, 'vmcore');
rearrange(disk, vmcore);
const log = dmesgOf(vmcore).split('\n');
say(`\nThe log in ${vmcore} (${log.length} lines), read with makedumpfile:`);
for (const line of log.slice(0, 5)) say(`  ${line.slice(0, 110)}`);
say('  …');
const last = log.findIndex((line) => line.includes(mark.nonce));
for (const line of log.slice(last, last + 8)) say(`  ${line.slice(0, 110)}`);
say(
  last < 0
    ? '\nThis run is not in it!'
    : '\nThe dump is of this run: its mark stands before the panic.',
);
process.exitCode = last < 0 ? 1 : 0;
