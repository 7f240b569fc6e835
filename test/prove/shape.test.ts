import { describe, expect, test } from 'vitest';
import { machines } from '../../pipeline/guest/machines/machines.ts';
import { readSealed, type Sealed } from '../../pipeline/prove/sealed.ts';
import { type MachineFacts, readFacts, shapeOf } from '../../pipeline/prove/shape.ts';
import { must } from '../fixtures/results.ts';

const manifest = {
  arch: 'x86_64',
  profile: 'web',
  kernelRelease: '6.12.1',
  kernelBuildId: 'ab',
  console: { device: 'ttyS0' },
  reservation: { options: ['256M,high', '64M,low'], smallest: '0x10000000' },
  dump: { format: 'kdump' },
  finalAction: 'reboot',
  recipient: [],
  localOverlay: null,
  backend: 'segments',
  onCorruption: [{ kind: 'message' }, { kind: 'reset' }],
  targets: [
    {
      kind: 'raw',
      description: 'a disk',
      what: 'vmcore',
      device: { by: 'serial', value: 'x' },
      stack: [],
      slots: 2,
    },
  ],
  inputs: [{ name: 'kernel', origin: 'linux-image 1 amd64', sha256: 'aa', size: 5 }],
};
const sealed = must(readSealed(manifest));
const noFacts: MachineFacts = { cpus: undefined, memory: undefined, commandLine: '', efi: false };
const shape = (facts?: Partial<MachineFacts>, wishes = {}, of: Sealed = sealed) =>
  shapeOf(of, machines.x86_64, {
    cpus: undefined,
    memory: undefined,
    facts: facts === undefined ? undefined : { ...noFacts, ...facts },
    ...wishes,
  });

describe('the manifest of a bundle', () => {
  test('says what the machine must have', () => {
    expect(sealed).toMatchObject({
      console: 'ttyS0',
      smallest: 0x1000_0000n,
      policy: ['message', 'reset'],
      encrypted: false,
      overlay: false,
      targets: [{ kind: 'raw', slots: 2, directory: '/', types: [] }],
      inputs: [{ name: 'kernel', size: 5 }],
    });
  });

  test.each(['arch', 'kernelRelease', 'targets', 'onCorruption'])(
    'of another version may lack %s',
    (key) => {
      expect(readSealed({ ...manifest, [key]: 7 })).toMatchObject({
        ok: false,
        problems: [{ kind: 'manifest-lacks', key }],
      });
    },
  );
});

describe('the machine that a bundle is tried in', () => {
  test('without facts: two CPUs, 512 MiB more than is reserved, the console of the profile', () => {
    expect(shape()).toEqual({
      cpus: 2,
      memory: 768,
      console: 'ttyS0',
      words: ['console=ttyS0', 'crashkernel=256M,high', 'crashkernel=64M,low'],
      differs: [],
    });
  });

  test('is as the facts say, with the crashkernel= and the console of that machine', () => {
    const found = shape({
      cpus: 4,
      memory: 2n << 30n,
      commandLine: 'root=/dev/vda1 console=tty0 console=ttyS1,115200n8 crashkernel=300M quiet',
    });
    expect(found).toEqual({
      cpus: 4,
      memory: 2048,
      console: 'ttyS1',
      words: ['console=ttyS1', 'crashkernel=300M'],
      differs: [],
    });
  });

  test('of a large machine is smaller, and says so', () => {
    const found = shape({ cpus: 128, memory: 1n << 40n, efi: true });
    expect([found.cpus, found.memory]).toEqual([8, 8192]);
    expect(found.differs).toEqual([
      'the machine has 1048576 MiB of memory, this one 8192 MiB',
      'the machine has 128 CPUs, this one 8',
      'the machine has EFI firmware, this one has none',
    ]);
  });

  test('is what was asked for, whatever the facts say', () => {
    const found = shape({ cpus: 4, memory: 2n << 30n }, { cpus: 1, memory: 700 });
    expect([found.cpus, found.memory]).toEqual([1, 700]);
    expect(found.differs).toHaveLength(2);
  });

  test('names a console that it does not have', () => {
    const found = shape(undefined, {}, { ...sealed, console: 'ttyAMA0' });
    expect(found.console).toBe('ttyS0');
    expect(found.differs).toEqual(['the console is ttyAMA0, and this machine has ttyS0 and ttyS1']);
  });
});

test('facts are read from the files of a loader’s archive', () => {
  const files: Readonly<Record<string, string>> = {
    'sys/devices/system/cpu/possible': '0-7\n',
    'proc/iomem':
      '00001000-0009ffff : System RAM\n  00002000-00002fff : Kernel code\n00100000-3fffffff : System RAM\n',
    'proc/cmdline': 'quiet crashkernel=1G\n',
    'sys/firmware/efi/systab': 'ACPI20=0x1\n',
  };
  expect(readFacts((path) => files[path] ?? '')).toEqual({
    cpus: 8,
    memory: 0x9f000n + 0x3ff00000n,
    commandLine: 'quiet crashkernel=1G',
    efi: true,
  });
  expect(readFacts(() => '')).toEqual(noFacts);
});
