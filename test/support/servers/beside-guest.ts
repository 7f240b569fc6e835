/** How a guest reaches a server of this machine, and what it brings along for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCpio } from '../../../pipeline/format/cpio.ts';
import type { InitramfsFile } from '../../../pipeline/guest/system-initramfs.ts';

/** QEMU's user network: this machine's loopback, as the guest sees it. */
export const hostOfGuest = '10.0.2.2';
export const userNetwork = ['-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0'];

/** A local overlay as a file of the guest: text by path. */
export function localOverlay(
  folder: string,
  name: string,
  files: Readonly<Record<string, string>>,
  mode = 0o600,
): InitramfsFile {
  const path = join(folder, name);
  writeFileSync(
    path,
    writeCpio(
      Object.entries(files).map(([to, text]) => ({
        kind: 'file',
        path: to,
        mode,
        bytes: Buffer.from(text),
      })),
    ),
  );
  return { path: name, mode: 0o600, content: { from: path } };
}
