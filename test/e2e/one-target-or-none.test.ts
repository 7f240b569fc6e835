/**
 * A dump goes to one device, or to none: not to a twin with other data, not to a hidden path of a disk, not
 * to a stick that is labelled like the target.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completionMarker } from '../../pipeline/guest/dump-device.ts';
import type { GuestOptions } from '../../pipeline/guest/guest.ts';
import { words } from '../../pipeline/units/words.ts';
import { armCommand, boot, type Scenario } from '../support/capture.ts';
import { testInFull } from '../support/examples.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const mebibyte = 2 ** 20;
const size = 256 * mebibyte;
const foreign = 'data that somebody wants to keep';

/** A disk that is blank, or holds `foreign`. */
function disk(folder: string, name: string, content: 'blank' | 'foreign', bytes = size): string {
  const path = join(folder, name);
  writeFileSync(path, content === 'foreign' ? foreign : '');
  truncateSync(path, bytes);
  return path;
}

/** A disk with one partition of that label; `foreign` stands in the partition. */
function labelled(
  folder: string,
  name: string,
  label: string,
  content: 'blank' | 'foreign',
): string {
  const path = disk(folder, name, 'blank');
  execFileSync('sfdisk', ['-q', path], {
    input: `label: gpt\nstart=2048, size=491520, name="${label}"\n`,
  });
  if (content === 'foreign') {
    const file = openSync(path, 'r+');
    writeSync(file, foreign, mebibyte);
    closeSync(file);
  }
  return path;
}

const digest = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');
const isComplete = (path: string): boolean => completionMarker(path).includes('state=complete');

/** Panics a guest with these devices; what the capture kernel said. */
const panicWith = (
  name: string,
  profile: {
    readonly device: string;
    readonly removable?: true;
    readonly drivers: readonly string[];
  },
  devices: (folder: string) => Partial<GuestOptions>,
  look: (folder: string, said: string) => void,
  append = '',
): Promise<void> =>
  withWorkFolder(name, async (folder) => {
    const { drivers, ...target } = profile;
    const scenario: Scenario = {
      name,
      kernel: '6.1',
      crashkernel: ['192M'],
      append,
      profile: {
        target: { kind: 'raw', ...target },
        initramfs: { from: 'composed', compression: 'none', drivers },
        dump: { format: 'kdump' },
        failureAction: 'poweroff',
      },
      guest: devices(folder),
    };
    const { system } = await boot(folder, scenario);
    await system.mustRun(armCommand);
    await system.panic();
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    look(folder, system.guest.console.tail());
  });

const virtio = ['virtio_pci', 'virtio_blk'];
const usb = ['xhci_pci', 'usb_storage', 'sd_mod'];
const at = (folder: string, name: string): string => join(folder, name);

const volume = '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';

// Their bus has room for 20 characters of a volume's UUID, by which they are found.
test('of two disks with one serial number the blank one takes the dump, the other keeps its data', async () => {
  let before = '';
  await panicWith(
    'twin-disks',
    { device: `SERIAL=${volume}`, drivers: virtio },
    (folder) => {
      const disks = [disk(folder, 'a', 'foreign'), disk(folder, 'b', 'blank')];
      before = digest(at(folder, 'a'));
      return { disks: disks.map((path) => ({ path, serial: volume })) };
    },
    (folder, said) => {
      expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to \/dev\/vdb /);
      expect(isComplete(at(folder, 'b'))).toBe(true);
      expect(digest(at(folder, 'a'))).toBe(before);
    },
  );
});

const stick = (path: string): readonly string[] => words`
  -device qemu-xhci,id=xhci -drive if=none,id=stick,file=${path},format=raw
  -device usb-storage,bus=xhci.0,drive=stick
`;

test('of two partitions with one label and unknown data none is written to, nor a blank stick of that label', async () => {
  const before: string[] = [];
  const names = ['a', 'b', 'stick'];
  await panicWith(
    'twin-labels',
    { device: 'PARTLABEL=crashdump', drivers: [...virtio, ...usb] },
    (folder) => {
      const [a = '', b = '', blank = ''] = names.map((name) =>
        labelled(folder, name, 'crashdump', name === 'stick' ? 'blank' : 'foreign'),
      );
      before.push(...[a, b, blank].map(digest));
      return { disks: [{ path: a }, { path: b }], extraArgs: [...stick(blank)] };
    },
    (folder, said) => {
      // It was there in time to be taken.
      expect(said).toMatch(/ sda: sda1\r?\n[\s\S]*several devices have/);
      expect(said).toContain(
        'several devices have partlabel crashdump, and none is written to: /dev/vda1 (unknown data), /dev/vdb1 (unknown data)',
      );
      expect(said).toContain('crashseal: action: poweroff');
      expect(names.map((name) => digest(at(folder, name)))).toEqual(before);
    },
  );
});

testInFull('a stick takes the dump where the profile allows it', async () => {
  await panicWith(
    'stick-allowed',
    { device: 'PARTLABEL=crashdump', removable: true, drivers: usb },
    (folder) => ({
      disks: [],
      extraArgs: [...stick(labelled(folder, 'stick', 'crashdump', 'blank'))],
    }),
    (_folder, said) => {
      expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to \/dev\/sda1 /);
    },
  );
});

test('of two namespaces behind two controllers the one whose dump was collected is taken again', async () => {
  let before = '';
  await panicWith(
    'twin-namespaces',
    { device: 'SERIAL=NAMESPACES', drivers: ['nvme'] },
    (folder) => {
      disk(folder, 'a', 'blank');
      disk(folder, 'b', 'blank');
      before = digest(at(folder, 'a'));
      const file = openSync(at(folder, 'b'), 'r+');
      writeSync(file, 'makedumpfile\0', 0);
      writeSync(file, 'crashseal-dump 1\nstate=collected\n', size - 4096);
      closeSync(file);
      return {
        disks: [],
        extraArgs: words`
          -device nvme-subsys,id=sub
          -device nvme,id=nv0,serial=NAMESPACES,subsys=sub -device nvme,id=nv1,serial=NAMESPACES,subsys=sub
          -drive if=none,id=a,file=${at(folder, 'a')},format=raw
          -device nvme-ns,drive=a,bus=nv0,nsid=1,shared=on
          -drive if=none,id=b,file=${at(folder, 'b')},format=raw
          -device nvme-ns,drive=b,bus=nv0,nsid=2,shared=on
        `,
      };
    },
    (folder, said) => {
      // Not nvme0c0n2 nor nvme0c1n2, which have no node; the number is that of the first controller.
      expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to \/dev\/nvme\dn2 /);
      expect(completionMarker(at(folder, 'b'))).toContain('profile=twin-namespaces');
      expect(digest(at(folder, 'a'))).toBe(before);
    },
  );
});

// Linux makes a disk of memory that the system kernel is told to leave alone; the capture kernel must be told, too.
testInFull('a dump goes to persistent memory that the command line has set aside', async () => {
  await panicWith(
    'persistent-memory',
    { device: '/dev/pmem0', drivers: virtio },
    () => ({}),
    (_folder, said) => {
      expect(said).toContain('crashseal: dump target /dev/pmem0, 100663296 bytes');
      expect(said).toMatch(/crashseal: vmcore saved: \d+ bytes to \/dev\/pmem0 /);
    },
    'memmap=96M!600M',
  );
});
