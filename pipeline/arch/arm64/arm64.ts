/** arm64: flat images, gzip'ed and EFI zboot ones; a device tree that is made from the running machine's. */
import { elfMachine } from '../../format/elf.ts';
import { consoles } from '../../format/purgatory-layout.ts';
import { ok, type Result } from '../../problem/result.ts';
import type {
  Architecture,
  CommandLineFacts,
  HandOver,
  ParameterRequest,
  PurgatoryConsole,
} from '../architecture.ts';
import { neverInherited } from '../command-line-words.ts';
import type { ConsoleDevice } from '../console-device.ts';
import { chosenAdditions, deviceTreeComponent } from '../device-tree.ts';
import { frugalWords } from '../frugal-words.ts';
import { unpackImage } from '../packed-image.ts';
import { imageAlign, largestPage, parseImage } from './image.ts';
import { profile } from './profile-rules.ts';
import { checkReadableDump } from './readable-dump.ts';

/**
 * Linux, Documentation/admin-guide/kernel-parameters.txt; what kdumpctl and kdump-tools give on arm64.
 * Little memory (nr_cpus, cgroup_disable, transparent_hugepage, cma, which is 64 MiB in Debian's kernels, hugetlb_cma,
 * numa, novmcoredd, kfence), devices in an unknown state (irqpoll, reset_devices), no second trip over broken
 * hardware (hest_disable, acpi_no_memhotplug), an end to a capture kernel that panics itself (panic), no seed (nokaslr).
 */
const commandLine: CommandLineFacts = {
  defaults: [
    'irqpoll',
    'nr_cpus=1',
    'reset_devices',
    'cgroup_disable=memory',
    'numa=off',
    'panic=10',
    'acpi_no_memhotplug',
    'transparent_hugepage=never',
    'nokaslr',
    'hest_disable',
    'novmcoredd',
    'cma=0',
    'hugetlb_cma=0',
    'kfence.sample_interval=0',
    ...frugalWords,
  ],
  neverInherited,
  consoleWords: (device) =>
    device.kind !== 'memoryUart'
      ? []
      : [`console=${device.device}${device.baud === 0 ? '' : `,${device.baud}n8`}`],
};

/** `ttyAMA` is what Linux calls a PL011 and the UART of the SBSA; any other is a 16550. */
function purgatoryConsole(device: ConsoleDevice): PurgatoryConsole {
  if (device.kind !== 'memoryUart')
    return { consoleKind: consoles.none.code, consoleBase: 0n, consoleBaud: 0 };
  const uart = device.registers === 32 ? consoles.memoryUart32 : consoles.memoryUart;
  return {
    consoleKind: (device.device.startsWith('ttyAMA') ? consoles.pl011 : uart).code,
    consoleBase: device.address,
    consoleBaud: device.baud,
  };
}

const handOver = (request: ParameterRequest): Result<HandOver> =>
  ok({
    kernel: request.component,
    others: [
      deviceTreeComponent(chosenAdditions(request), {
        room: request.choices.limits.deviceTree,
        align: largestPage,
      }),
    ],
  });

export const arm64: Architecture<typeof profile> = {
  name: 'arm64',
  shownOnly: undefined,
  profile,
  elf: { machine: elfMachine.aarch64, bits: 64, order: 'little' },
  debian: { architecture: 'arm64', multiarch: 'aarch64-linux-gnu' },
  // mov x0, #0; ret
  returnsZero: Uint8Array.of(0x00, 0x00, 0x80, 0xd2, 0xc0, 0x03, 0x5f, 0xd6),
  nodeName: 'arm64',
  embedded: async () => ({
    loader: (await import('../../../out/native/arm64/crashseal-rehearse.gz')).default,
    purgatory: (await import('../../../out/native/arm64/purgatory.bin')).default,
  }),
  kernelOptions: [],
  storageFolders: [],
  pageSize: Number(largestPage),
  memorySectionBits: 27,
  crashRegionFiles: undefined,
  placement: {
    pageSize: largestPage,
    // A control page and the copy of VMCOREINFO.
    reserve: 2n * largestPage,
    initramfs: { lowest: 0n, align: largestPage },
    // It is named in the device tree, and reserved before anything is moved.
    elfcorehdr: 'hole',
    granularity: imageAlign,
  },
  purgatoryWindow: undefined,
  purgatoryBorrows: undefined,
  purgatoryFirmware: false,
  commandLine,
  kernelArgument: 'device-tree',
  purgatoryConsole,
  policyBlock: () => undefined,
  checkKernelConfig: checkReadableDump,
  imageRelease: (image) => {
    const parsed = parseImage(image);
    return parsed.ok ? parsed.value.release : undefined;
  },
  unpackKernel: unpackImage,
  prepareKernel: (image, _form, unpacked) => parseImage(unpacked.length === 0 ? image : unpacked),
  handOver,
  liveWords: () => [],
};
