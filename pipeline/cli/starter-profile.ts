/** The profile that `crashseal init` writes: plain values in, commented YAML out. Pure. */
import type { ImportedPolicy, ImportedStep, ImportedValue } from '../profile/dumpconf.ts';
import type { BlockDevice, MachineFacts } from '../rehearse/machine-facts.ts';

export type MachineClass = 'cloud' | 'server' | 'efi' | 'qemu' | 's390x';
export const machineClasses: readonly MachineClass[] = ['cloud', 'server', 'efi', 'qemu', 's390x'];

type ClassDefaults = {
  readonly about: string;
  /** Undefined: the one that profiles have by default. */
  readonly arch: string | undefined;
  /** Undefined: no package of Debian's can capture. */
  readonly kernelPackage: string | undefined;
  readonly drivers: readonly string[];
  readonly crashkernel: string;
  readonly cpus: number;
  readonly memoryRanges: number;
  /** As it is written below `console:`, or behind it. */
  readonly console: string | undefined;
  readonly onCorruption: readonly string[];
  readonly finalAction: string;
};

const defaults: Readonly<Record<MachineClass, ClassDefaults>> = {
  cloud: {
    about: 'a small cloud guest',
    arch: undefined,
    kernelPackage: 'linux-image-cloud-amd64',
    drivers: ['virtio_pci', 'virtio_blk', 'virtio_scsi', 'nvme', 'sd_mod'],
    crashkernel: '192M',
    cpus: 64,
    memoryRanges: 64,
    console: 'ttyS0',
    onCorruption: ['message', 'reset'],
    finalAction: 'reboot',
  },
  server: {
    about: 'a big NUMA server',
    arch: undefined,
    kernelPackage: 'linux-image-amd64',
    drivers: ['nvme', 'megaraid_sas', 'mpt3sas', 'ahci', 'sd_mod'],
    crashkernel: '512M,high',
    cpus: 2048,
    memoryRanges: 512,
    console: 'ttyS1',
    onCorruption: ['message', 'reset'],
    finalAction: 'reboot',
  },
  efi: {
    about: 'bare metal with EFI',
    arch: undefined,
    kernelPackage: 'linux-image-amd64',
    drivers: ['nvme', 'ahci', 'sd_mod'],
    crashkernel: '256M',
    cpus: 256,
    memoryRanges: 128,
    console: undefined,
    onCorruption: ['reset'],
    finalAction: 'reboot',
  },
  qemu: {
    about: 'development under QEMU',
    arch: undefined,
    kernelPackage: 'linux-image-amd64',
    drivers: ['virtio_pci', 'virtio_blk'],
    crashkernel: '192M',
    cpus: 8,
    memoryRanges: 32,
    console: 'ttyS0',
    onCorruption: ['message', 'pvpanic', 'halt'],
    finalAction: 'poweroff',
  },
  s390x: {
    about: 'an IBM Z or LinuxONE machine',
    arch: 's390x',
    // Debian's kernels for s390x are built without CONFIG_CRASH_DUMP.
    kernelPackage: undefined,
    drivers: ['virtio_ccw?', 'virtio_blk?', 'dasd_eckd_mod?', 'dasd_fba_mod?', 'zfcp?', 'sd_mod?'],
    crashkernel: '256M',
    cpus: 512,
    memoryRanges: 128,
    console: 'sclp',
    onCorruption: ['message', 'return', 'wait'],
    finalAction: 'reboot',
  },
};

const gib = 1n << 30n;

/** One line of YAML; text that YAML could take for something else is quoted. */
function stepText(step: ImportedStep | ImportedValue): string {
  if (typeof step === 'number') return `${step}`;
  if (typeof step === 'string')
    return /^(0\.[0-9a-f]\.[0-9a-f]{4}|[a-z]+|[0-9]+[sm])$/.test(step)
      ? step
      : JSON.stringify(step);
  const pairs = Object.entries(step).map(([key, value]) => `${key}: ${stepText(value)}`);
  return `{ ${pairs.join(', ')} }`;
}

function corruptionLines(
  start: ClassDefaults,
  policy: ImportedPolicy | undefined,
): readonly string[] {
  const about =
    '# What happens when the loaded image turns out corrupted after the panic; the last step is final.';
  if (policy === undefined)
    return [
      about,
      ...(start.arch === 's390x'
        ? [
            '# With a stand-alone dump tool on a device, IPL it instead of the wait:',
            '#   - { step: ipl, ccw: 0.0.4711 }',
          ]
        : []),
      `onCorruption: [${start.onCorruption.join(', ')}]`,
    ];
  const message = start.onCorruption.filter((step) => step === 'message');
  return [
    about,
    "# Taken over from dumpconf's configuration.",
    ...policy.remarks.map((remark) => `# ${remark}`),
    'onCorruption:',
    ...[...message, ...policy.steps].map((step) => `  - ${stepText(step)}`),
  ];
}

function size(bytes: bigint): string {
  return bytes >= gib ? `${bytes / gib} GiB` : `${bytes >> 20n} MiB`;
}

/** Text that YAML could take for something else is quoted; JSON's quoting is YAML's. */
const scalar = (text: string): string =>
  /^[A-Za-z/][A-Za-z0-9 /_.+=-]*$/.test(text) && !/\s$/.test(text) ? text : JSON.stringify(text);

function kernelLines(facts: MachineFacts, start: ClassDefaults): readonly string[] {
  const [about, ...other] =
    start.kernelPackage === undefined
      ? [
          'a kernel of your own, with CONFIG_CRASH_DUMP=y',
          'kernel:',
          '  from: files',
          '  image: build/arch/s390/boot/bzImage',
          '  config: build/.config',
        ]
      : [
          'a package, fetched with apt',
          'kernel:',
          '  from: apt',
          `  package: ${start.kernelPackage}`,
        ];
  if (facts.kernelRelease === undefined)
    return [`# Where the capture kernel comes from: ${about}.`, ...other];
  return [
    '# Where the capture kernel comes from: the one that is installed here.',
    `# For a build on another machine take ${start.kernelPackage === undefined ? about : 'a package'}:`,
    ...other.map((line) => `#   ${line}`),
    'kernel:',
    '  from: installed',
    `  release: ${scalar(facts.kernelRelease)}`,
  ];
}

function targetLines(facts: MachineFacts): readonly string[] {
  const marked = facts.devices.find((device) => device.partLabel?.includes('crash') === true);
  const free = facts.devices.filter((device) => device.use === undefined);
  const describe = (device: BlockDevice): string => {
    const names = [
      `/dev/${device.name}`,
      ...(device.partLabel === undefined ? [] : [`PARTLABEL=${device.partLabel}`]),
      ...(device.partUuid === undefined ? [] : [`PARTUUID=${device.partUuid}`]),
    ];
    return `#   ${names.join(' or ')}, ${size(device.size)}${device.use === undefined ? '' : `, IN USE: ${device.use}`}`;
  };
  const shown = [...free, ...facts.devices.filter((device) => device.use !== undefined)];
  return [
    '# Where the dump goes. WHAT IS ON THIS DEVICE IS LOST AT THE FIRST CRASH.',
    ...(shown.length === 0 ? [] : ['# Devices of this machine:', ...shown.map(describe)]),
    'target:',
    '  kind: raw',
    `  device: ${scalar(`PARTLABEL=${marked?.partLabel ?? 'crashdump'}`)}`,
  ];
}

/** Some kilobytes of capture memory for each gibibyte, in the steps that people use. */
function crashkernelFor(facts: MachineFacts, start: ClassDefaults): string {
  if (facts.memory === undefined || facts.memory < 256n * gib) return start.crashkernel;
  const high = start.arch === 's390x' ? '' : ',high';
  return facts.memory < 2048n * gib ? `512M${high}` : `1G${high}`;
}

export function starterProfile(
  machineClass: MachineClass,
  name: string,
  facts: MachineFacts,
  policy?: ImportedPolicy,
): string {
  const start = defaults[machineClass];
  const memory = facts.memory === undefined ? '' : ` This machine has ${size(facts.memory)}.`;
  const cpus = Math.min(8192, Math.max(start.cpus, facts.possibleCpus ?? 0));
  const lines = [
    `# A crashseal profile for ${start.about}. docs/profile.md explains every key.`,
    `# Build it:  crashseal build --dev-key THIS-FILE`,
    '',
    `name: ${scalar(name)}`,
    ...(start.arch === undefined ? [] : [`arch: ${start.arch}`]),
    '',
    ...kernelLines(facts, start),
    '',
    '# Drivers that the dump target needs; what they need themselves is added.',
    'initramfs:',
    '  from: composed',
    `  drivers: [${start.drivers.join(', ')}]`,
    '',
    `# What the system kernel reserves with crashkernel=; the same text goes on its command line.${memory}`,
    `crashkernel: ${scalar(crashkernelFor(facts, start))}`,
    '',
    '# The most CPUs and memory ranges that a machine may have to load the bundle.',
    'limits:',
    `  cpus: ${cpus}`,
    `  memoryRanges: ${start.memoryRanges}`,
    '',
    ...targetLines(facts),
    '',
    "# What is saved: level 31 leaves out every page that is rarely of use (makedumpfile's dump level).",
    'dump:',
    '  level: 31',
    '',
    '# What the capture kernel does afterwards: reboot, poweroff, halt or shell.',
    `finalAction: ${start.finalAction}`,
    `failureAction: ${start.finalAction}`,
    '',
    ...(start.console === undefined
      ? [
          '# A serial console, for messages of purgatory and of the capture kernel.',
          '# console:',
          '#   device: ttyS0',
        ]
      : [
          `# The ${start.arch === 's390x' ? "operator's" : 'serial'} console, for messages of purgatory and of the capture kernel.`,
          ...(start.console === 'sclp'
            ? ['console: sclp']
            : ['console:', `  device: ${start.console}`]),
        ]),
    '',
    ...corruptionLines(start, policy),
    '',
    '# Which machines may load the bundle; leave it out for any.',
    ...(facts.productName === undefined
      ? []
      : [
          '# match:',
          '#   - file: /sys/class/dmi/id/product_name',
          `#     equals: ${scalar(facts.productName)}`,
        ]),
    '',
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
