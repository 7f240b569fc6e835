/** ppc64le: ELF kernels that stay where they are loaded, a device tree, firmware inside the crash region. */
import { elfMachine } from '../../format/elf.ts';
import { consoles } from '../../format/purgatory-layout.ts';
import { ok } from '../../problem/result.ts';
import type { Architecture, CommandLineFacts } from '../architecture.ts';
import { neverInherited } from '../command-line-words.ts';
import { frugalWords } from '../frugal-words.ts';
import { bannerRelease } from '../linux-banner.ts';
import { elfcorehdrRoom, handOver } from './hand-over.ts';
import { profile } from './profile-rules.ts';
import { page, prepareVmlinux } from './vmlinux.ts';

/**
 * Linux, Documentation/admin-guide/kernel-parameters.txt and admin-guide/kdump/kdump.rst; kdump.sysconfig.ppc64le of
 * Red Hat's kexec-tools. Two CPUs run, the one that panicked and CPU 0 (docs/decisions/0030); 16 may be numbered, since
 * the one that panicked may be any thread of its core, and kernels before 6.9 count a core's threads from the first.
 */
const commandLine: CommandLineFacts = {
  defaults: [
    'irqpoll',
    'maxcpus=2',
    'nr_cpus=16',
    'noirqdistrib',
    'reset_devices',
    'cgroup_disable=memory',
    'numa=off',
    'udev.children-max=2',
    'ehea.use_mcs=0',
    'panic=10',
    'kvm_cma_resv_ratio=0',
    'transparent_hugepage=never',
    'novmcoredd',
    'cma=0',
    'hugetlb_cma=0',
    // Before 6.7 a capture kernel uses the first queue of a disk only, whose interrupt goes to CPU 0 (Linux, "blk-mq:
    // don't change nr_hw_queues and nr_maps for kdump kernel"). One queue belongs to all CPUs: the usual disk of guests
    // does not depend on CPU 0 coming up.
    'virtio_blk.num_request_queues=1',
    ...frugalWords,
  ],
  neverInherited: [
    ...neverInherited,
    {
      about: 'for a dump by the firmware, or for memory of guests',
      names: ['fadump*', 'kvm_cma_resv_ratio'],
    },
  ],
  consoleWords: (device) => (device.kind === 'hvc' ? ['console=hvc0'] : []),
};

export const ppc64le: Architecture<typeof profile> = {
  name: 'ppc64le',
  shownOnly: undefined,
  profile,
  elf: { machine: elfMachine.ppc64, bits: 64, order: 'little' },
  debian: { architecture: 'ppc64el', multiarch: 'powerpc64le-linux-gnu' },
  // li %r3, 0; blr
  returnsZero: Uint8Array.of(0x00, 0x00, 0x60, 0x38, 0x20, 0x00, 0x80, 0x4e),
  nodeName: 'ppc64',
  embedded: async () => ({
    loader: (await import('../../../out/native/ppc64le/crashseal-rehearse.gz')).default,
    purgatory: (await import('../../../out/native/ppc64le/purgatory.bin')).default,
  }),
  kernelOptions: ['RELOCATABLE'],
  storageFolders: [],
  pageSize: Number(page),
  memorySectionBits: undefined,
  crashRegionFiles: {
    start: 'proc/device-tree/chosen/linux,crashkernel-base',
    size: 'proc/device-tree/chosen/linux,crashkernel-size',
  },
  placement: {
    pageSize: page,
    // The kernel takes one control page and the copy of VMCOREINFO, each of 64 KiB at most.
    reserve: 1n << 20n,
    initramfs: { lowest: 0n, align: page },
    // It is among the memory reservations of the device tree.
    elfcorehdr: 'hole',
    granularity: page,
  },
  purgatoryWindow: undefined,
  purgatoryBorrows: { start: 4, end: 0x100 },
  purgatoryFirmware: true,
  commandLine,
  kernelArgument: 'device-tree',
  purgatoryConsole: (device) => ({
    consoleKind: device.kind === 'hvc' ? consoles.hvc.code : consoles.none.code,
    // 0 is the first terminal, by whatever number the hypervisor has it.
    consoleBase: 0n,
    consoleBaud: 0,
  }),
  policyBlock: () => undefined,
  checkKernelConfig: () => [],
  imageRelease: bannerRelease,
  unpackKernel: async () => ok(new Uint8Array()),
  prepareKernel: prepareVmlinux,
  handOver,
  liveWords: () => [{ what: 'elfcorehdr=', size: elfcorehdrRoom }],
};
