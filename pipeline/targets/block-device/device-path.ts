/** Names in /dev: which of them the kernel gives to a disk or a partition. */
import type { DeviceMistake } from '../../problem/device-mistake.ts';
import type { Layer } from './layer.ts';

/** Drivers of disks that are named by what they sit on; the profile's own list may well not have them. */
const drivers: readonly (readonly [name: RegExp, drivers: readonly string[]])[] = [
  [/^pmem\d/, ['nd_pmem?', 'nd_e820?', 'nfit?']],
  [/^nvme\d/, ['nvme?']],
  [/^xvd[a-z]/, ['xen_blkfront?']],
  [/^mmcblk\d/, ['mmc_block?', 'sdhci_pci?', 'sdhci_acpi?']],
  [/^dasd[a-z]/, ['dasd_eckd_mod?', 'dasd_fba_mod?']],
];

/** Each is left out where the kernel does not have it. */
export const pathDrivers = (path: string): readonly string[] =>
  drivers.find(([name]) => name.test(path.replace('/dev/', '')))?.[1] ?? [];

/** Where drivers of disks have a folder of their own in /dev. */
const diskFolders = ['cciss', 'ida', 'rd', 'etherd', 'i2o', 'ataraid'];

const stack = (what: string, ...layers: readonly Layer[]): DeviceMistake => ({
  kind: 'stack',
  what,
  layers,
});
const mapper = stack('a device mapper table (LVM, multipath or encryption)', 'lvm', 'luks');

const folders: readonly (readonly [folder: string, mistake: DeviceMistake])[] = [
  ['mapper', mapper],
  ['md', stack('an md array', 'md')],
  ['bcache', stack('a cached device')],
  ['zvol', stack('a ZFS volume')],
  ['drbd', stack('a replicated device')],
  ['rbd', stack('a Ceph block device')],
  ...['shm', 'pts', 'input', 'snd', 'dri', 'net', 'bus', 'char', 'block', 'cpu', 'fd'].map(
    (folder) => [folder, { kind: 'no-disk', what: 'something that is no disk' }] as const,
  ),
];

/** Names of one part. What matches none of them may be the disk of a driver that we do not know. */
const names: readonly (readonly [name: RegExp, mistake: DeviceMistake])[] = [
  [/^dm-\d+$/, mapper],
  [/^md(\d+|_.*)(p\d+)?$/, stack('an md array', 'md')],
  [/^bcache\d+(p\d+)?$/, stack('a cached device')],
  [/^zd\d+(p\d+)?$/, stack('a ZFS volume')],
  [/^drbd\d+$/, stack('a replicated device')],
  [/^(nbd|rbd)\d+(p\d+)?$/, stack('a block device of another machine')],
  [/^(loop\d*(p\d+)?|loop-control)$/, { kind: 'no-disk', what: 'a loop device' }],
  [/^z?ram\d+$/, { kind: 'no-disk', what: 'a disk in memory' }],
  [/^(sr|scd)\d+$|^(cdrom|dvd|cdrw|dvdrw)\d*$/, { kind: 'no-disk', what: 'an optical drive' }],
  [/^fd\d+$/, { kind: 'no-disk', what: 'a floppy drive' }],
  [/^n?st\d+[alm]?$/, { kind: 'no-disk', what: 'a tape drive' }],
  [/^nvme\d+$|^ng\d+n\d+$/, { kind: 'no-disk', what: 'an NVMe controller' }],
  [/^(sg|bsg|mtd|ubi|i2c-|vcsa?u?|lp|video|hidraw)\d+(ro)?$/, noDisk()],
  [/^(tty.*|console|ptmx|hvc\d+|vport.*|hpet|rtc\d*|watchdog\d*|nvram|mcelog|snapshot)$/, noDisk()],
  [/^(null|zero|full|u?random|k?mem|port|kmsg|oldmem|crash|fuse|kvm|hwrng|uhid|log)$/, noDisk()],
  [/^(std(in|out|err)|core|initctl|root|mqueue|disk|autofs|fb\d+|vhost-.*|cuse)$/, noDisk()],
  [/^mmcblk\d+rpmb$/, { kind: 'no-disk', what: "a card's protected memory" }],
];

function noDisk(): DeviceMistake {
  return { kind: 'no-disk', what: 'something that is no disk' };
}

export function pathMistake(path: string): DeviceMistake | undefined {
  const parts = path.replace('/dev/', '').split('/');
  const [first = '', ...more] = parts;
  if (/\\x[0-9a-f]{2}/i.test(path)) return { kind: 'udev' };
  if (!/^[ -~]*$/.test(path)) return { kind: 'not-ascii' };
  if (parts.some((part) => part === '' || /^\.+$/.test(part))) return { kind: 'not-plain' };
  const folder = folders.find(([name]) => name === first);
  if (first === 'disk') return { kind: 'udev' };
  if (more.length > 0 && folder !== undefined) return folder[1];
  // `/dev/VG/LV`: no driver of a disk makes such a name.
  if (more.length > 0 && !diskFolders.includes(first))
    return more.length === 1 ? stack('an LVM volume', 'lvm') : { kind: 'udev' };
  if (more.length > 0) return undefined;
  const [, subsystem, namespace] = /^nvme(\d+)c\d+(n\d+)$/.exec(first) ?? [];
  if (subsystem !== undefined)
    return { kind: 'hidden', whole: `/dev/nvme${subsystem}${namespace}` };
  return (folder ?? names.find(([name]) => name.test(first)))?.[1];
}
