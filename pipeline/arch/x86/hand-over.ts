/** What the capture kernel is told, on its command line and in boot_params. */
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
import { frugalWords } from '../frugal-words.ts';
import { bootParamsComponent, elfcorehdrWords } from './boot-params.ts';

/**
 * Linux, Documentation/admin-guide/kernel-parameters.txt and admin-guide/kdump/kdump.rst.
 * Little memory (nr_cpus, cgroup_disable, transparent_hugepage, cma, hugetlb_cma, numa, novmcoredd), devices
 * in an unknown state (irqpoll, reset_devices), no second trip over broken hardware (mce, hest_disable,
 * acpi_no_memhotplug), an end to a capture kernel that panics itself (panic), one fixed place (nokaslr).
 */
export const commandLine: CommandLineFacts = {
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
    ...frugalWords,
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

export function liveWords(
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

export function handOver(request: ParameterRequest): Result<HandOver> {
  const parameters = bootParamsComponent(request);
  if (!parameters.ok) return parameters;
  return ok({ kernel: request.component, others: [parameters.value] });
}

/** A 16550 at I/O ports. */
export const purgatoryConsole: Architecture['purgatoryConsole'] = (device) =>
  device.kind !== 'uart'
    ? { consoleKind: consoles.none.code, consoleBase: 0n, consoleBaud: 0 }
    : {
        consoleKind: consoles.portUart.code,
        consoleBase: BigInt(device.port),
        consoleBaud: device.baud,
      };
