/**
 * The initramfs of the system kernel, the one that panics: busybox, drivers, what a test brings, and
 * an init that runs commands which come over a port of their own.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type CpioEntry, writeCpio } from '../format/cpio.ts';
import { type KernelTree, moduleFiles } from './kernel-tree.ts';
import { diskBuses } from './machines/disk-buses.ts';
import { defaultGuest, type GuestArch, machines } from './machines/machines.ts';

export type InitramfsFile = {
  /** In the guest, without a leading slash. */
  readonly path: string;
  readonly mode?: number;
  readonly content: { readonly from: string } | { readonly text: string };
};

export type SystemInitramfsOptions = {
  readonly arch?: GuestArch;
  /** A static one for the guest's architecture. */
  readonly busybox?: string;
  /** Where drivers are taken from. */
  readonly kernel?: KernelTree;
  readonly drivers?: readonly string[];
  readonly files?: readonly InitramfsFile[];
  /** Replaces the command loop. */
  readonly init?: string;
};

export const virtioDisk: readonly string[] = diskBuses.virtio.drivers;

/** Modules for the usual disk of such a machine. */
export const usualDrivers = (arch: GuestArch): readonly string[] =>
  machines[arch].usualDrivers ?? virtioDisk;

/** Said on the console when commands are taken. */
export const readyLine = 'crashseal-test: ready';

const mounts = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /sbin /usr/bin /usr/sbin
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mount -t tmpfs tmpfs /tmp
/bin/busybox mount -t tmpfs tmpfs /run
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
# With its parameters from the kernel's command line, as modprobe has them.
while read -r module; do
	insmod "/modules/$module" $(tr ' ' '\\n' </proc/cmdline | sed -n "s/^\${module%.ko}\\.//p")
done </modules/order
`;

/** One line in: a number and a command. Out: what the command says, then a line with number and exit code. */
export const commandLoop = (port: string): string => `
until [ -c ${port} ]; do sleep 0.1; done
port=$(echo ${port})
case $port in /dev/tty*) stty -F $port raw -echo ;; esac
# A virtio port has its file a moment before it can be opened.
until ( : <>$port ) 2>/dev/null; do sleep 0.1; done
exec 3<>$port
echo '${readyLine}' >/dev/kmsg
# A virtio port ends while nobody is at its other side, as it is when a saved machine goes on.
while :; do
	while read -r number line <&3; do
		( eval "$line" ) >&3 2>&1 </dev/null
		printf '\\n@%s %s\\n' "$number" "$?" >&3
	done
	sleep 0.1
done
`;

/** An init with file systems and drivers in place, then `body`. */
export const scriptedInit = (body: string): string => `${mounts}\n${body}\n`;

/** An initramfs, not compressed. */
export function systemInitramfs(options: SystemInitramfsOptions): Uint8Array {
  const { port, portDrivers } = machines[options.arch ?? defaultGuest];
  const wanted = options.drivers ?? virtioDisk;
  const drivers = wanted.length === 0 ? [] : [...wanted, ...portDrivers];
  const modules =
    options.kernel === undefined || drivers.length === 0
      ? []
      : moduleFiles(options.kernel, drivers);
  const unpacked = modules.map((path) => ({
    name: basename(path).replace(/\.(xz|zst)$/, ''),
    bytes: unpackModule(path),
  }));
  const files: readonly InitramfsFile[] = [
    { path: 'bin/busybox', mode: 0o755, content: { from: options.busybox ?? '/bin/busybox' } },
    {
      path: 'init',
      mode: 0o755,
      content: { text: options.init ?? scriptedInit(commandLoop(port)) },
    },
    {
      path: 'modules/order',
      content: { text: unpacked.map(({ name }) => `${name}\n`).join('') },
    },
    ...(options.files ?? []),
  ];
  return writeCpio([
    // The kernel opens it for init before devtmpfs is there.
    { kind: 'device', path: 'dev/console', mode: 0o600, device: 'char', major: 5, minor: 1 },
    ...unpacked.map(({ name, bytes }) => file(`modules/${name}`, 0o644, bytes)),
    ...files.map(({ path, mode, content }) =>
      file(
        path,
        mode ?? 0o644,
        'from' in content ? readFileSync(content.from) : Buffer.from(content.text),
      ),
    ),
  ]);
}

const file = (path: string, mode: number, bytes: Uint8Array): CpioEntry => ({
  kind: 'file',
  path,
  mode,
  bytes,
});

function unpackModule(path: string): Uint8Array {
  const program = path.endsWith('.xz') ? 'xz' : path.endsWith('.zst') ? 'zstd' : 'cat';
  const args = program === 'cat' ? [path] : ['-dcq', path];
  return execFileSync(program, args, { maxBuffer: 2 ** 28 });
}
