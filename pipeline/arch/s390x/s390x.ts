/** s390x: flat images, a capture kernel that swaps itself into low memory, purgatory with a backup plan. */
import { elfMachine } from '../../format/elf.ts';
import { consoles } from '../../format/purgatory-layout.ts';
import { ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { Architecture, CommandLineFacts, PreparedKernel } from '../architecture.ts';
import { neverInherited } from '../command-line-words.ts';
import { frugalWords } from '../frugal-words.ts';
import { elfcorehdrRoom, handOver } from './hand-over.ts';
import { imageRelease, kdumpEntry, kernelStart, parseS390xImage } from './image.ts';
import { iplPage } from './ipl-page.ts';
import { checkMachineLevel } from './machine-level.ts';
import { profile } from './profile-rules.ts';
import { vmcmdPage } from './vmcmd-page.ts';

/**
 * Linux, Documentation/admin-guide/kernel-parameters.txt. Little memory, no second panic without an end.
 * No irqpoll and no reset_devices: DIAG 308 has reset the channel subsystem before the kernel is entered.
 * What the machine was IPLed with (VM parm, scp data) is appended by the kernel itself.
 */
const commandLine: CommandLineFacts = {
  defaults: [
    'nr_cpus=1',
    'cgroup_disable=memory',
    'numa=off',
    'udev.children-max=2',
    'panic=10',
    'transparent_hugepage=never',
    'vmcp_cma=0',
    'cma=0',
    'novmcoredd',
    'hugetlb_cma=0',
    ...frugalWords,
  ],
  neverInherited: [
    ...neverInherited,
    {
      about: 'that look for devices no dump needs, or for a hypervisor that is gone',
      names: ['zfcp.allow_lun_scan', 'prot_virt'],
    },
  ],
  consoleWords: (device) =>
    device.kind === 'sclp' && device.device !== undefined ? [`console=${device.device}`] : [],
};

const page = 4096n;

/** Low memory that Linux never uses, and which the capture kernel therefore does not have to keep. */
const purgatoryWindow = { start: 0x2000n, end: BigInt(kernelStart) };

function prepareKernel(image: Uint8Array): Result<PreparedKernel> {
  const parsed = parseS390xImage(image);
  if (!parsed.ok) return parsed;
  const { kernel, release, commandLineSize } = parsed.value;
  const memorySize = alignUp(BigInt(kernel.length), page);
  return ok({
    bytes: kernel,
    imageOffset: undefined,
    memorySize,
    align: page,
    minAddress: 0n,
    fixedPlace: BigInt(kernelStart),
    entryOffset: kdumpEntry,
    needs: memorySize,
    release,
    buildId: undefined,
    commandLineMaximum: commandLineSize - 1,
    sealFlags: [],
  });
}

export const s390x: Architecture<typeof profile> = {
  name: 's390x',
  shownOnly: undefined,
  profile,
  elf: { machine: elfMachine.s390, bits: 64, order: 'big' },
  debian: { architecture: 's390x', multiarch: 's390x-linux-gnu' },
  // lghi %r2, 0; br %r14
  returnsZero: Uint8Array.of(0xa7, 0x29, 0x00, 0x00, 0x07, 0xfe),
  nodeName: 's390x',
  embedded: async () => ({
    loader: (await import('../../../out/native/s390x/crashseal-rehearse.gz')).default,
    purgatory: (await import('../../../out/native/s390x/purgatory.bin')).default,
  }),
  kernelOptions: ['RELOCATABLE'],
  storageFolders: ['s390/block', 's390/scsi'],
  pageSize: 4096,
  memorySectionBits: 28,
  crashRegionFiles: undefined,
  placement: {
    pageSize: page,
    // The kernel's control pages find room below purgatory and above the kernel.
    reserve: BigInt(kernelStart),
    // Room for what the kernel unpacks and its bss; kexec-tools takes the same.
    initramfs: { lowest: 8n << 20n, align: 1n << 20n },
    // The decompressor moves the initramfs up, out of the way of the kernel that it unpacks, and may put a
    // list of memory ranges right after it (Linux 5.10, arch/s390/boot/{startup,mem_detect}.c).
    elfcorehdr: 'top',
    granularity: 1n << 20n,
  },
  purgatoryWindow,
  purgatoryBorrows: undefined,
  purgatoryFirmware: false,
  commandLine,
  kernelArgument: undefined,
  purgatoryConsole: (device) => ({
    consoleKind: device.kind === 'sclp' ? consoles.sclp.code : consoles.none.code,
    consoleBase: 0n,
    consoleBaud: 0,
  }),
  policyBlock: (step) => iplPage(step) ?? vmcmdPage(step),
  checkKernelConfig: checkMachineLevel,
  imageRelease,
  unpackKernel: async () => ok(new Uint8Array()),
  prepareKernel,
  handOver,
  liveWords: ({ elfcorehdr }) =>
    elfcorehdr === 'passed' ? [{ what: 'elfcorehdr=', size: elfcorehdrRoom }] : [],
};
