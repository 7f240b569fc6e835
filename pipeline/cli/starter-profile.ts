/** The profile that `crashseal init` writes: plain values in, commented YAML out. Pure. */
import { architectureOf, archNames } from '../arch/arch.ts';
import type { ImportedPolicy, ImportedStep, ImportedValue } from '../profile/dumpconf.ts';
import type { ImportedKdump } from '../profile/kdump-import.ts';
import { type BlockDevice, type MachineFacts, noFacts } from '../rehearse/machine-facts.ts';
import { type Start, startOf } from './machine-classes.ts';

const gib = 1n << 30n;

const isList = (value: ImportedStep | ImportedValue): value is readonly string[] =>
  Array.isArray(value);

/** One line of YAML; text that YAML could take for something else is quoted. */
function stepText(step: ImportedStep | ImportedValue): string {
  if (typeof step === 'number' || typeof step === 'boolean') return `${step}`;
  if (typeof step === 'string')
    return /^(0\.[0-9a-f]\.[0-9a-f]{4}|[a-z]+|[0-9]+[sm])$/.test(step)
      ? step
      : JSON.stringify(step);
  if (isList(step)) return `[${step.map((text) => JSON.stringify(text)).join(', ')}]`;
  const pairs = Object.entries(step).map(([key, value]) => `${key}: ${stepText(value)}`);
  return `{ ${pairs.join(', ')} }`;
}

function corruptionLines(start: Start, policy: ImportedPolicy | undefined): readonly string[] {
  const about =
    '# What happens when the loaded image turns out corrupted after the panic; the last step is final.';
  if (policy === undefined)
    return [
      about,
      ...start.starters.policyRemarks,
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

function kernelLines(facts: MachineFacts, start: Start): readonly string[] {
  const [about, ...other] =
    start.kernelPackage === undefined
      ? [
          'a kernel of your own, with CONFIG_CRASH_DUMP=y',
          'kernel:',
          '  from: files',
          `  image: build/${start.starters.builtImage}`,
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

function describe(device: BlockDevice): string {
  const names = [
    `/dev/${device.name}`,
    ...(device.partLabel === undefined ? [] : [`PARTLABEL=${device.partLabel}`]),
    ...(device.partUuid === undefined ? [] : [`PARTUUID=${device.partUuid}`]),
  ];
  const where = device.busId === undefined ? '' : ` on ${device.busId}`;
  const use = device.use === undefined ? '' : `, IN USE: ${device.use}`;
  return `#   ${names.join(' or ')}${where}, ${size(device.size)}${use}`;
}

function targetLines({ devices }: MachineFacts, start: Start): readonly string[] {
  const marked = devices.find(({ partLabel }) => partLabel?.includes('crash') === true);
  const shown = [
    ...devices.filter(({ use }) => use === undefined),
    ...devices.filter(({ use }) => use !== undefined),
  ];
  const onChannel = devices.length === 0 || devices.some(({ busId }) => busId !== undefined);
  const disk = marked === undefined && onChannel ? start.starters.channelDisk : undefined;
  return [
    '# Where the dump goes. WHAT IS ON THIS DEVICE IS LOST AT THE FIRST CRASH.',
    ...(shown.length === 0 ? [] : ['# Devices of this machine:', ...shown.map(describe)]),
    ...(disk?.remarks ?? []),
    'target:',
    '  kind: raw',
    ...(disk?.target ?? [`device: ${scalar(`PARTLABEL=${marked?.partLabel ?? 'crashdump'}`)}`]).map(
      (line) => `  ${line}`,
    ),
  ];
}

const driversOf = (start: Start, kdump: ImportedKdump | undefined): readonly string[] => [
  ...start.drivers,
  ...(kdump?.drivers ?? []).filter((name) => !start.drivers.includes(name)).map(scalar),
];

const commandLineLines = (kdump: ImportedKdump | undefined): readonly string[] =>
  kdump === undefined || kdump.append.length + kdump.remove.length === 0
    ? []
    : [
        "# Words of kdump's configuration, beside our own defaults; `remove` counts for what is inherited.",
        'commandLine:',
        ...(['append', 'remove'] as const).flatMap((key) =>
          kdump[key].length === 0 ? [] : [`  ${key}: ${stepText(kdump[key])}`],
        ),
        '',
      ];

/** What did not come over, for whoever knows why it was there. */
const leftLines = (kdump: ImportedKdump | undefined): readonly string[] =>
  kdump === undefined || kdump.left.length === 0
    ? []
    : [
        "# Of kdump's configuration these have no counterpart:",
        ...kdump.left.flatMap(({ text, because }) => [`#   ${text}`, `#     ${because}`]),
        '',
      ];

/** What an SSH server and its client need that no file of kdump's has. */
function sshLines(kdump: ImportedKdump | undefined): readonly string[] {
  const all = [...(kdump?.targets ?? []), ...(kdump?.withoutHostKey ?? [])];
  const servers = all.filter(({ kind }) => kind === 'ssh').map(({ host }) => `${host}`);
  if (kdump === undefined || servers.length === 0) return [];
  const alone = kdump.targets.length === 0;
  return [
    `# ${servers.join(', ')}: docs/servers.md says what the server runs in place of a shell.`,
    `# The private key comes from the local overlay of the machine, as /etc/crashseal/ssh/id${
      kdump.identity === undefined ? '' : `; kdump used ${scalar(kdump.identity)}`
    }.`,
    'localOverlay: { max: 64K }',
    '',
    ...kdump.withoutHostKey.flatMap((target) => [
      `# STILL MISSING: hostKey, the public key of ${target.host}. It is in /etc/ssh/ssh_host_ed25519_key.pub there, and`,
      `# \`ssh-keyscan -t ed25519 ${target.host}\` shows it. Then ${
        alone ? 'replace `target` below by' : 'put this first under `targets`'
      }:`,
      `# ${alone ? 'target:' : '  -'} ${stepText({ ...target, hostKey: 'ssh-ed25519 …' })}`,
      '',
    ]),
  ];
}

/** Some kilobytes of capture memory for each gibibyte, in the steps that people use. */
function crashkernelFor(facts: MachineFacts, start: Start): string {
  if (facts.memory === undefined || facts.memory < 256n * gib) return start.crashkernel;
  const high = architectureOf(start.arch).profile.crashkernel.highLow ? ',high' : '';
  return facts.memory < 2048n * gib ? `512M${high}` : `1G${high}`;
}

/** Beside a starter, for editors. */
export const schemaName = 'profile.schema.json';

export function starterProfile(
  machineClass: string,
  name: string,
  /** Undefined: it is for another machine than this one. */
  own: MachineFacts | undefined,
  policy?: ImportedPolicy,
  kdump?: ImportedKdump,
): string {
  const facts = own ?? noFacts;
  const start = startOf(machineClass);
  const memory = facts.memory === undefined ? '' : ` This machine has ${size(facts.memory)}.`;
  const cpus = Math.min(8192, Math.max(start.cpus, facts.possibleCpus ?? 0));
  const lines = [
    `# yaml-language-server: $schema=${schemaName}`,
    `# A crashseal profile for ${start.about}. docs/profile.md explains every key.`,
    `# Build it:  crashseal build --dev-key THIS-FILE`,
    ...(own === undefined
      ? [
          '# It is for another machine than the one it was written on, of which nothing stands here.',
        ]
      : []),
    '',
    `name: ${scalar(name)}`,
    ...(start.arch === archNames[0] ? [] : [`arch: ${start.arch}`]),
    '',
    ...kernelLines(facts, start),
    '',
    '# Drivers that the dump target needs; what they need themselves is added.',
    'initramfs:',
    '  from: composed',
    `  drivers: [${driversOf(start, kdump).join(', ')}]`,
    '',
    ...commandLineLines(kdump),
    `# What the system kernel reserves with crashkernel=; the same text goes on its command line.${memory}`,
    `crashkernel: ${scalar(crashkernelFor(facts, start))}`,
    '',
    '# The most CPUs and memory ranges that a machine may have to load the bundle.',
    'limits:',
    `  cpus: ${cpus}`,
    `  memoryRanges: ${start.memoryRanges}`,
    '',
    ...leftLines(kdump),
    ...sshLines(kdump),
    ...(kdump === undefined || kdump.targets.length === 0
      ? targetLines(facts, start)
      : [
          '# Where the dump goes, as kdump was told; what does not work falls through to the next.',
          ...(kdump.targets.some(({ kind }) => kind === 'raw')
            ? ['# WHAT IS ON A RAW DEVICE IS LOST AT THE FIRST CRASH.']
            : []),
          'targets:',
          ...kdump.targets.map((target) => `  - ${stepText(target)}`),
        ]),
    '',
    "# What is saved: level 31 leaves out every page that is rarely of use (makedumpfile's dump level).",
    'dump:',
    ...Object.entries({
      ...(kdump?.dump.format === 'elf' ? {} : { level: 31 }),
      ...kdump?.dump,
    }).map(([key, value]) => `  ${key}: ${stepText(value)}`),
    '',
    '# What the capture kernel does afterwards: reboot, poweroff, halt or shell.',
    `finalAction: ${kdump?.finalAction ?? start.finalAction}`,
    `failureAction: ${kdump?.failureAction ?? start.finalAction}`,
    '',
    ...(start.console === undefined
      ? [
          '# A serial console, for messages of purgatory and of the capture kernel.',
          '# console:',
          '#   device: ttyS0',
        ]
      : [
          `# The ${start.starters.consoleKind} console, for messages of purgatory and of the capture kernel.`,
          ...start.console,
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
