/** ia64, to build and to look at: vmlinux kernels, boot parameters, an EFI memory map. Nothing of it ever ran. */
import { elfMachine } from '../../format/elf.ts';
import { consoles } from '../../format/purgatory-layout.ts';
import type { Architecture, CommandLineFacts } from '../architecture.ts';
import { neverInherited } from '../command-line-words.ts';
import { frugalWords } from '../frugal-words.ts';
import { bannerRelease } from '../linux-banner.ts';
import { unpackImage } from '../packed-image.ts';
import { bootParamName, handOver, liveWords } from './hand-over.ts';
import { profile } from './profile-rules.ts';
import { purgatoryImage } from './purgatory-image.ts';
import { prepareVmlinux } from './vmlinux.ts';

/** Kernels have pages of 16 or 64 KiB, which only the running one tells: what suits the larger suits both. */
const page = 64n << 10n;

/** What distributions' kdump gave ia64, and an end to a capture kernel that panics itself. */
const commandLine: CommandLineFacts = {
  defaults: [
    'irqpoll',
    'nr_cpus=1',
    'reset_devices',
    'cgroup_disable=memory',
    'panic=10',
    ...frugalWords,
  ],
  neverInherited: [
    ...neverInherited,
    { about: 'for the memory of the system kernel', names: ['max_addr', 'min_addr'] },
  ],
  consoleWords: (device) =>
    device.kind === 'uart' ? [`console=${device.device},${device.baud}n8`] : [],
};

export const ia64: Architecture<typeof profile> = {
  name: 'ia64',
  shownOnly:
    'no loader and no purgatory exist for ia64, and nothing of it ever ran: the bundle is to be looked at',
  profile,
  elf: { machine: elfMachine.ia64, bits: 64, order: 'little' },
  debian: { architecture: 'ia64', multiarch: 'ia64-linux-gnu' },
  // A function is a descriptor there, which the dynamic loader makes.
  returnsZero: undefined,
  nodeName: 'ia64',
  embedded: async () => ({ loader: undefined, purgatory: purgatoryImage() }),
  kernelOptions: [],
  storageFolders: [],
  pageSize: Number(page),
  memorySectionBits: undefined,
  crashRegionFiles: undefined,
  placement: {
    pageSize: page,
    // The control page.
    reserve: page,
    initramfs: { lowest: 0n, align: page },
    // The kernel reserves it by its descriptor, before it allocates anything.
    elfcorehdr: 'hole',
    // What max_addr= and min_addr= are rounded down to.
    granularity: 16n << 20n,
  },
  purgatoryWindow: undefined,
  purgatoryBorrows: undefined,
  purgatoryFirmware: false,
  commandLine,
  kernelArgument: bootParamName,
  purgatoryConsole: () => ({ consoleKind: consoles.none.code, consoleBase: 0n, consoleBaud: 0 }),
  policyBlock: () => undefined,
  checkKernelConfig: () => [],
  imageRelease: bannerRelease,
  unpackKernel: async (run, image) => unpackImage(run, image),
  prepareKernel: (image, _form, unpacked) =>
    prepareVmlinux(unpacked.length > 0 ? unpacked : image, page),
  handOver: (request) => handOver(request, page),
  liveWords,
};
