import { hex } from '../units/units.ts';
import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';

/** What can be wrong with the text after `crashkernel=`. */
export type CrashkernelMistake =
  | { readonly kind: 'prefix' }
  /** More than one option in one text: each, as it would be written alone. */
  | { readonly kind: 'several'; readonly options: readonly string[] }
  /** `256 MB`: what was probably meant. */
  | { readonly kind: 'unit'; readonly instead: string }
  | { readonly kind: 'auto' }
  | {
      readonly kind: 'unexpected';
      readonly wanted: string;
      /** Characters before the mistake. */
      readonly at: number;
      readonly rest: string;
    }
  | { readonly kind: 'leading-zero'; readonly number: string }
  | { readonly kind: 'too-large'; readonly number: string }
  | { readonly kind: 'tiny'; readonly size: bigint }
  | { readonly kind: 'range-empty'; readonly start: bigint; readonly end: bigint }
  | { readonly kind: 'ranges-overlap'; readonly start: bigint }
  | { readonly kind: 'never-fits'; readonly size: bigint; readonly end: bigint }
  | { readonly kind: 'offset-unaligned'; readonly offset: bigint; readonly align: bigint }
  | { readonly kind: 'too-high'; readonly reach: bigint; readonly end: bigint }
  | { readonly kind: 'cma' }
  | { readonly kind: 'no-high-low'; readonly form: string }
  | { readonly kind: 'twice'; readonly first: string }
  | { readonly kind: 'ignored'; readonly because: string }
  | { readonly kind: 'low-alone' };

/** As the kernel writes sizes, exactly: `2G`, `1536M`, `33K`. */
function kernelSize(size: bigint): string {
  const suffix = ['G', 'M', 'K'].find((_, index) => size % (1n << BigInt(30 - 10 * index)) === 0n);
  const shift = { G: 30n, M: 20n, K: 10n }[suffix ?? ''];
  return shift === undefined ? `${size} bytes` : `${size >> shift}${suffix}`;
}

/** A number of megabytes that somebody may have meant. */
const mostMegabytes = 16_384n;

export function explainCrashkernel(
  place: SourcePlace,
  option: string,
  mistake: CrashkernelMistake,
): Explanation {
  const at = `${showPlace(place)}: crashkernel=${option}`;
  switch (mistake.kind) {
    case 'prefix':
      return {
        message: `${showPlace(place)}: \`${option}\` contains the option's name`,
        notes: [],
        hint: 'write only the text after `crashkernel=`',
      };
    case 'unexpected':
      return {
        message: `${at}: expected ${mistake.wanted} ${mistake.rest === '' ? 'at the end' : `at "${mistake.rest}"`}`,
        notes: mistake.at === 0 ? [] : [`"${option.slice(0, mistake.at)}" was understood`],
        hint: 'write SIZE[@OFFSET], START-[END]:SIZE[,…], SIZE,high or SIZE,low, with K, M or G after numbers',
      };
    case 'several':
      return {
        message: `${showPlace(place)}: \`${option}\` is ${mistake.options.length} options in one text`,
        notes: [],
        hint: `write a list: \`crashkernel: [${mistake.options.map((one) => `"${one}"`).join(', ')}]\``,
      };
    case 'unit':
      return {
        message: `${at}: the kernel does not read sizes like this`,
        notes: [],
        hint: `did you mean \`${mistake.instead}\`?`,
      };
    case 'auto':
      return {
        message: `${at}: the size would depend on the kernel that boots, and a bundle is planned for a known one`,
        notes: ["`auto` and `default` are words of some distributions' kernels"],
        hint: 'write the size that the machine has in the end, such as `256M`; /proc/iomem shows it as "Crash kernel"',
      };
    case 'leading-zero':
      return {
        message: `${at}: the kernel reads ${mistake.number} as an octal number`,
        notes: [],
        hint: 'drop the leading zero',
      };
    case 'too-large':
      return {
        message: `${at}: ${mistake.number} does not fit in 64 bits`,
        notes: [],
        hint: 'reserve some hundred megabytes, such as 256M',
      };
    case 'tiny':
      return mistake.size === 0n
        ? {
            message: `${at} reserves nothing`,
            notes: [],
            hint: 'reserve some hundred megabytes, such as 256M',
          }
        : {
            message: `${at} reserves ${mistake.size} bytes`,
            notes: [],
            hint:
              mistake.size <= mostMegabytes
                ? `did you mean \`${mistake.size}M\`?`
                : 'reserve some hundred megabytes, such as 256M',
          };
    case 'range-empty':
      return {
        message: `${at}: the range ${kernelSize(mistake.start)}-${kernelSize(mistake.end)} is empty`,
        notes: [],
        hint: 'a range runs from the smaller to the larger number; the end is not part of it',
      };
    case 'ranges-overlap':
      return {
        message: `${at}: two ranges contain ${kernelSize(mistake.start)}; the kernel would take the first`,
        notes: [],
        hint: 'start each range where the previous one ends',
      };
    case 'never-fits':
      return {
        message: `${at}: ${kernelSize(mistake.size)} never fits into a machine with less than ${kernelSize(mistake.end)}`,
        notes: [],
        hint: 'RANGE:SIZE has the installed memory first and the reservation second',
      };
    case 'offset-unaligned':
      return {
        message: `${at}: the offset ${hex(mistake.offset)} is not a multiple of ${kernelSize(mistake.align)}`,
        notes: [],
        hint: 'leave the offset to the kernel, or round it',
      };
    case 'too-high':
      return {
        message: `${at}: the region would end at ${hex(mistake.reach)}, and kernels of this architecture are entered below ${kernelSize(mistake.end)}`,
        notes: [],
        hint: 'reserve less, or leave the offset to the kernel',
      };
    case 'cma':
      return {
        message: `${at}: crashseal does not support memory that is reserved with ,cma`,
        notes: ['the kernel lends that memory out until the panic, so nothing can be loaded there'],
        hint: 'reserve with a plain size or with ,high',
      };
    case 'no-high-low':
      return {
        message: `${at}: this architecture has no ,${mistake.form}`,
        notes: [],
        hint: 'write the size alone',
      };
    case 'twice':
      return {
        message: `${at}: the kernel takes only the last option of a kind, and ${mistake.first} is of the same kind`,
        notes: [],
        hint: 'drop one; for several machine sizes write one list, 1G-8G:192M,8G-:256M',
      };
    case 'ignored':
      return {
        message: `${at}: the kernel ignores this option together with ${mistake.because}`,
        notes: [],
        hint: 'use a plain size, or ,high with ,low, not both',
      };
    case 'low-alone':
      return {
        message: `${at}: the kernel ignores this option without a ,high option`,
        notes: [],
        hint: 'add the main reservation, such as 256M,high',
      };
  }
}
