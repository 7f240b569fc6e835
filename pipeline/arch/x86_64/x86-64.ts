/** x86_64: bzImage kernels, boot_params, the 64-bit boot protocol. */
import { elfMachine } from '../../format/elf.ts';
import { consoles } from '../../format/purgatory-layout.ts';
import { ok, type Result } from '../../problem/result.ts';
import type {
  Architecture,
  CommandLineFacts,
  HandOver,
  ParameterRequest,
} from '../architecture.ts';
import type { CaptureChoices } from '../capture-choices.ts';
import { neverInherited } from '../command-line-words.ts';
import { bootParamsComponent, elfcorehdrWords } from '../x86/boot-params.ts';
import { bzImageRelease, parseBzImage } from '../x86/bzimage.ts';
import { unpackPayload } from '../x86/payload.ts';
import { flattenVmlinux, prepareKernel } from './kernel.ts';
import { profile } from './profile-rules.ts';
import { starters } from './starters.ts';

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
    ...neverInherited,
    // Xen's, which a capture kernel does not speak.
    { about: "for a hypervisor's console", names: [], form: /^console=hvc/ },
  ],
  consoleWords: (device) =>
    device.kind !== 'uart'
      ? []
      : [`console=${device.device}${device.baud === 0 ? '' : `,${device.baud}n8`}`],
};

/** `memmap=` words are appended for every range of the firmware's map; machines have some 10 to 30. */
const memmapRanges = 32;
/** ` memmap=NNNNNNNNNNK@NNNNNNNNNNK`: ten digits of KiB reach 9 TiB. */
const memmapWord = 8 + 11 + 1 + 11;

function liveWords(
  choices: CaptureChoices,
): readonly { readonly what: string; readonly size: number }[] {
  // kexec_file_load(2) wants room for 30 characters of its own, with the NUL.
  const kernels = choices.backend === 'segments' ? 0 : 1;
  const elfcorehdr = { what: 'elfcorehdr=', size: elfcorehdrWords.length + 16 + kernels };
  if (choices.memoryMap === 'e820') return [elfcorehdr];
  const exactmap = ' memmap=exactmap'.length;
  return [
    elfcorehdr,
    { what: `memmap= for ${memmapRanges} ranges`, size: exactmap + memmapRanges * memmapWord },
  ];
}

function handOver(request: ParameterRequest): Result<HandOver> {
  const parameters = bootParamsComponent(request);
  if (!parameters.ok) return parameters;
  return ok({ kernel: request.component, others: [parameters.value] });
}

export const x86_64: Architecture<typeof profile> = {
  name: 'x86_64',
  profile,
  elf: { machine: elfMachine.x86_64, bits: 64, order: 'little' },
  debian: { architecture: 'amd64', multiarch: 'x86_64-linux-gnu' },
  nodeName: 'x64',
  embedded: async () => ({
    loader: (await import('../../../out/native/x86_64/crashseal-rehearse')).default,
    purgatory: (await import('../../../out/native/x86_64/purgatory.bin')).default,
  }),
  starters,
  kernelOptions: ['RELOCATABLE'],
  storageFolders: [],
  pageSize: 4096,
  placement: {
    pageSize: 4096n,
    // At least 64 pages, and one per GiB of memory (kexec_load(2), control pages); this is 128 pages.
    reserve: 512n << 10n,
    initramfs: { lowest: 0n, align: 4096n },
    // The decompressor stays within init_size, which is the kernel's segment, and is told `nokaslr`. All that is
    // moved later comes from the memory map, where the loader leaves the header out.
    elfcorehdr: 'hole',
    granularity: 4096n,
  },
  purgatoryWindow: undefined,
  purgatoryBorrows: undefined,
  purgatoryFirmware: false,
  commandLine,
  kernelArgument: 'boot_params',
  purgatoryConsole: (device) =>
    device.kind !== 'uart'
      ? { consoleKind: consoles.none.code, consoleBase: 0n, consoleBaud: 0 }
      : {
          consoleKind: consoles.portUart.code,
          consoleBase: BigInt(device.port),
          consoleBaud: device.baud,
        },
  policyBlock: () => undefined,
  checkKernelConfig: () => [],
  imageRelease: bzImageRelease,
  async unpackKernel(run, image, form): Promise<Result<Uint8Array>> {
    const parsed = parseBzImage(image);
    if (!parsed.ok) return parsed;
    if (form === 'compressed') return ok(new Uint8Array());
    const vmlinux = await unpackPayload(run, parsed.value.payload);
    return vmlinux.ok ? flattenVmlinux(parsed.value, vmlinux.value) : vmlinux;
  },
  prepareKernel,
  handOver,
  liveWords,
};
