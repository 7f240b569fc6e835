/** riscv64: flat images on firmware with SBI, a device tree that the kernel itself finds among the segments. */
import { elfMachine } from '../../format/elf.ts';
import { consoles } from '../../format/purgatory-layout.ts';
import { ok, type Result } from '../../problem/result.ts';
import type {
  Architecture,
  CommandLineFacts,
  HandOver,
  ParameterRequest,
  PreparedKernel,
  PurgatoryConsole,
} from '../architecture.ts';
import { neverInherited } from '../command-line-words.ts';
import type { ConsoleDevice } from '../console-device.ts';
import { chosenAdditions, deviceTreeComponent } from '../device-tree.ts';
import { frugalWords } from '../frugal-words.ts';
import { bannerRelease } from '../linux-banner.ts';
import { unpackImage } from '../packed-image.ts';
import { hugePage, parseRiscvImage } from './image.ts';
import { profile } from './profile-rules.ts';

/**
 * Linux, Documentation/admin-guide/kernel-parameters.txt and admin-guide/kdump/kdump.rst: little memory, devices in an
 * unknown state, an end to a capture kernel that panics itself. No nokaslr: only a seed in the device tree, which the
 * loader takes out, moves the kernel.
 */
const commandLine: CommandLineFacts = {
  defaults: [
    'irqpoll',
    'nr_cpus=1',
    'reset_devices',
    'cgroup_disable=memory',
    'numa=off',
    'panic=10',
    'transparent_hugepage=never',
    'novmcoredd',
    'cma=0',
    'hugetlb_cma=0',
    ...frugalWords,
  ],
  neverInherited,
  consoleWords: (device) => {
    if (device.kind === 'sbi') return ['earlycon=sbi'];
    if (device.kind !== 'memoryUart') return [];
    const bus = device.registers === 32 ? 'mmio32' : 'mmio';
    // The driver comes late: before it, a kernel that fails would say nothing.
    return [
      `earlycon=uart8250,${bus},0x${device.address.toString(16)}`,
      `console=${device.device},${device.baud}n8`,
    ];
  },
};

function purgatoryConsole(device: ConsoleDevice): PurgatoryConsole {
  const none = { consoleKind: consoles.none.code, consoleBase: 0n, consoleBaud: 0 };
  if (device.kind === 'sbi') return { ...none, consoleKind: consoles.sbi.code };
  if (device.kind !== 'memoryUart') return none;
  const kind = device.registers === 32 ? consoles.memoryUart32 : consoles.memoryUart;
  return { ...none, consoleKind: kind.code, consoleBase: device.address };
}

/** Linux, arch/riscv/include/uapi/asm/setup.h: COMMAND_LINE_SIZE, with the NUL. */
const commandLineSize = 1024;

function prepareKernel(
  packaged: Uint8Array,
  _form: string,
  unpacked: Uint8Array,
): Result<PreparedKernel> {
  const image = unpacked.length > 0 ? unpacked : packaged;
  const parsed = parseRiscvImage(image);
  if (!parsed.ok) return parsed;
  const { memorySize } = parsed.value;
  return ok({
    bytes: image,
    imageOffset: undefined,
    memorySize,
    align: hugePage,
    minAddress: 0n,
    fixedPlace: undefined,
    entryOffset: 0n,
    needs: memorySize,
    release: bannerRelease(image),
    buildId: undefined,
    commandLineMaximum: commandLineSize - 1,
    sealFlags: [],
  });
}

function handOver(request: ParameterRequest): Result<HandOver> {
  const tree = deviceTreeComponent(chosenAdditions(request), {
    room: request.choices.limits.deviceTree,
    align: 4096n,
  });
  return ok({ kernel: request.component, others: [tree] });
}

export const riscv64: Architecture<typeof profile> = {
  name: 'riscv64',
  shownOnly: undefined,
  profile,
  elf: { machine: elfMachine.riscv, bits: 64, order: 'little' },
  debian: { architecture: 'riscv64', multiarch: 'riscv64-linux-gnu' },
  // li a0, 0; ret
  returnsZero: Uint8Array.of(0x13, 0x05, 0x00, 0x00, 0x67, 0x80, 0x00, 0x00),
  nodeName: 'riscv64',
  embedded: async () => ({
    loader: (await import('../../../out/native/riscv64/crashseal-rehearse.gz')).default,
    purgatory: (await import('../../../out/native/riscv64/purgatory.bin')).default,
  }),
  kernelOptions: [],
  storageFolders: ['mmc'],
  pageSize: 4096,
  memorySectionBits: 27,
  crashRegionFiles: undefined,
  placement: {
    pageSize: 4096n,
    // The control page and the copy of VMCOREINFO; the kernel's huge page leaves more than that before it.
    reserve: 64n << 10n,
    initramfs: { lowest: 0n, align: 4096n },
    // The kernel reserves it by the property of the device tree, before it allocates anything.
    elfcorehdr: 'hole',
    granularity: hugePage,
  },
  purgatoryWindow: undefined,
  commandLine,
  kernelArgument: 'device-tree',
  purgatoryBorrows: undefined,
  purgatoryFirmware: false,
  purgatoryConsole,
  policyBlock: () => undefined,
  checkKernelConfig: () => [],
  imageRelease: bannerRelease,
  unpackKernel: async (run, image) => unpackImage(run, image),
  prepareKernel,
  handOver,
  liveWords: () => [],
};
