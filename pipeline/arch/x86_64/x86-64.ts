/** x86_64: bzImage kernels, boot_params, the 64-bit boot protocol. */
import { elfMachine } from '../../format/elf.ts';
import { consoles } from '../../format/purgatory-layout.ts';
import { ok, type Result } from '../../problem/result.ts';
import type { Profile } from '../../profile/profile-types.ts';
import type { Architecture, CommandLineFacts, ParameterRequest } from '../architecture.ts';
import { bootParamsComponent, elfcorehdrWords } from './boot-params.ts';
import { bzImageRelease, parseBzImage } from './bzimage.ts';
import { flattenVmlinux, prepareKernel } from './kernel.ts';
import { unpackPayload } from './payload.ts';

/**
 * Linux, Documentation/admin-guide/kernel-parameters.txt and admin-guide/kdump/kdump.rst.
 * Little memory (nr_cpus, cgroup_disable, transparent_hugepage, cma, hugetlb_cma, numa, novmcoredd), devices
 * in an unknown state (irqpoll, reset_devices), no second trip over broken hardware (mce, hest_disable,
 * acpi_no_memhotplug), an end to a capture kernel that panics itself (panic), one fixed place (nokaslr).
 */
const commandLine: CommandLineFacts = {
  defaults: [
    'irqpoll',
    'nr_cpus=1',
    'reset_devices',
    'cgroup_disable=memory',
    'mce=off',
    'numa=off',
    'panic=10',
    'acpi_no_memhotplug',
    'transparent_hugepage=never',
    'nokaslr',
    'hest_disable',
    'novmcoredd',
    'cma=0',
    'hugetlb_cma=0',
  ],
  neverInherited: [
    // Of the boot loader and the root file system, which the capture kernel does not mount.
    ...['BOOT_IMAGE', 'initrd', 'root', 'rootflags', 'rootfstype', 'rootdelay', 'rootwait'],
    ...['ro', 'rw', 'init', 'rdinit', 'resume', 'resume_offset', 'noresume', 'splash'],
    ...['rd.*', 'systemd.*', 'luks.*', 'fsck.*', 'dracut.*'],
    // Memory that a capture kernel does not have.
    ...[
      'crashkernel',
      'mem',
      'hugepages',
      'hugepagesz',
      'default_hugepagesz',
      'hugetlb_free_vmemmap',
    ],
    ...[
      'swiotlb',
      'cma',
      'hugetlb_cma',
      'movablecore',
      'kernelcore',
      'movable_node',
      'log_buf_len',
    ],
    ...[
      'trace_buf_size',
      'page_owner',
      'slub_debug',
      'slab_debug',
      'percpu_alloc',
      'memhp_default_state',
    ],
    // CPUs and places that are fixed here.
    ...['maxcpus', 'possible_cpus', 'isolcpus', 'nohz_full', 'rcu_nocbs', 'irqaffinity', 'kaslr'],
    // What must not stop a capture, or hide it.
    ...['panic_on_warn', 'oops', 'softlockup_panic', 'hung_task_panic', 'panic_on_taint', 'quiet'],
    ...['kgdboc', 'kgdbwait', 'kexec_jump_back_entry', 'elfcorehdr', 'memmap', 'acpi_rsdp'],
  ],
  reserved: ['elfcorehdr', 'memmap', 'acpi_rsdp'],
  consoleWords: (device) =>
    device.kind === 'none'
      ? []
      : [`console=${device.device}${device.baud === 0 ? '' : `,${device.baud}n8`}`],
};

/** `memmap=` words are appended for every range of the firmware's map; machines have some 10 to 30. */
const memmapRanges = 32;
/** ` memmap=NNNNNNNNNNK@NNNNNNNNNNK`: ten digits of KiB reach 9 TiB. */
const memmapWord = 8 + 11 + 1 + 11;

function liveWords(profile: Profile): readonly { readonly what: string; readonly size: number }[] {
  const elfcorehdr = { what: 'elfcorehdr=', size: elfcorehdrWords.length + 16 };
  if (profile.memoryMap === 'e820') return [elfcorehdr];
  const exactmap = ' memmap=exactmap'.length;
  return [
    elfcorehdr,
    { what: `memmap= for ${memmapRanges} ranges`, size: exactmap + memmapRanges * memmapWord },
  ];
}

function parameterComponents(request: ParameterRequest) {
  const parameters = bootParamsComponent(request);
  return parameters.ok ? ok([parameters.value]) : parameters;
}

export const x86_64: Architecture = {
  name: 'x86_64',
  elfMachine: elfMachine.x86_64,
  byteOrder: 'little',
  pageSize: 4096,
  commandLine,
  kernelArgument: 'boot_params',
  purgatoryConsole: (device) =>
    device.kind === 'none'
      ? { consoleKind: consoles.none.code, consoleBase: 0n, consoleBaud: 0 }
      : {
          consoleKind: consoles.portUart.code,
          consoleBase: BigInt(device.port),
          consoleBaud: device.baud,
        },
  imageRelease: bzImageRelease,
  async unpackKernel(host, image, form): Promise<Result<Uint8Array>> {
    const parsed = parseBzImage(image);
    if (!parsed.ok) return parsed;
    if (form === 'compressed') return ok(new Uint8Array());
    const vmlinux = await unpackPayload(host, parsed.value.payload);
    return vmlinux.ok ? flattenVmlinux(parsed.value, vmlinux.value) : vmlinux;
  },
  prepareKernel,
  parameterComponents,
  liveWords,
};
