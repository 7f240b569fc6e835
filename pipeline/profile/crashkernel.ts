/**
 * crashkernel=, as the kernel reads it (Documentation/admin-guide/kdump/kdump.rst): `SIZE[@OFFSET]`,
 * `START-[END]:SIZE[,…][@OFFSET]`, `SIZE,high`, `SIZE,low`. Pure.
 */
import type { CrashkernelRules } from '../arch/profile-rules.ts';
import type { CrashkernelMistake } from '../problem/crashkernel-mistake.ts';

export type MemoryRule = {
  /** Installed memory, `[start, end)`; no end: any more. */
  readonly start: bigint;
  readonly end: bigint | undefined;
  readonly size: bigint;
};

/** One `crashkernel=` option, read. */
export type CrashkernelOption =
  | { readonly form: 'size'; readonly size: bigint; readonly offset: bigint | undefined }
  | {
      readonly form: 'ranges';
      readonly rules: readonly MemoryRule[];
      readonly offset: bigint | undefined;
    }
  | { readonly form: 'high' | 'low'; readonly size: bigint };

/** What a machine reserves, all its `crashkernel=` options together. */
export type Reservation = {
  /** The text after `crashkernel=`, one per option (`256M,high` and `64M,low` are two). */
  readonly options: readonly string[];
  /** Bytes of the smallest main region that these options can give; what the plan must fit. */
  readonly smallest: bigint;
};

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly mistake: CrashkernelMistake };

/** What `memparse()` knows; each is 1024 times the one before. */
const suffixes = 'kmgtpe';
const largest = (1n << 64n) - 1n;
/** Nothing that boots fits in less; whoever writes less forgot a suffix. */
const smallestUseful = 1n << 20n;

class Mistake extends Error {
  readonly mistake: CrashkernelMistake;
  constructor(mistake: CrashkernelMistake) {
    super(mistake.kind);
    this.mistake = mistake;
  }
}

/** Walks one option's text; throws {@link Mistake}, which does not leave this file. */
class Cursor {
  readonly text: string;
  at = 0;
  constructor(text: string) {
    this.text = text;
  }
  take(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }
  get done(): boolean {
    return this.at === this.text.length;
  }
  wanted(wanted: string): Mistake {
    return new Mistake({ kind: 'unexpected', wanted, at: this.at, rest: this.text.slice(this.at) });
  }
  size(what: string): bigint {
    const match = /^(0[xX][0-9a-fA-F]+|[0-9]+)([kKmMgGtTpPeE]?)/.exec(this.text.slice(this.at));
    if (match === null) throw this.wanted(what);
    const [all, digits = '', suffix = ''] = match;
    // The kernel takes a leading zero for octal: 0256M would be 174M.
    if (/^0[0-9]/.test(digits)) throw new Mistake({ kind: 'leading-zero', number: all });
    const power = suffix === '' ? 0 : suffixes.indexOf(suffix.toLowerCase()) + 1;
    const value = BigInt(digits) << BigInt(10 * power);
    if (value > largest) throw new Mistake({ kind: 'too-large', number: all });
    this.at += all.length;
    return value;
  }
}

function offsetAt(cursor: Cursor): bigint | undefined {
  return cursor.take('@') ? cursor.size('an offset such as 64M') : undefined;
}

function rulesAt(cursor: Cursor): readonly MemoryRule[] {
  const rules: MemoryRule[] = [];
  do {
    const start = cursor.size('the start of a memory range such as 1G');
    if (!cursor.take('-')) throw cursor.wanted('"-" and the end of the memory range');
    const open = cursor.text[cursor.at] === ':';
    const end = open ? undefined : cursor.size('the end of a memory range, or ":"');
    if (!cursor.take(':')) throw cursor.wanted('":" and a size');
    const size = cursor.size('a size such as 256M');
    if (end !== undefined && end <= start) throw new Mistake({ kind: 'range-empty', start, end });
    rules.push({ start, end, size });
  } while (cursor.take(','));
  return rules;
}

function optionAt(cursor: Cursor): CrashkernelOption {
  // As the kernel decides: a colon anywhere means a list of ranges.
  if (cursor.text.includes(':')) {
    const rules = rulesAt(cursor);
    return { form: 'ranges', rules, offset: offsetAt(cursor) };
  }
  const size = cursor.size('a size such as 256M');
  if (cursor.take(',high')) return { form: 'high', size };
  if (cursor.take(',low')) return { form: 'low', size };
  if (cursor.take(',cma')) throw new Mistake({ kind: 'cma' });
  return { form: 'size', size, offset: offsetAt(cursor) };
}

const prefix = 'crashkernel=';

/** `512M,high 128M,low` or `512M,high,128M,low`, each option alone; undefined for anything else. */
function severalIn(text: string): readonly string[] | undefined {
  const pieces = /\s/.test(text) ? text.trim().split(/\s+/) : text.split(/,(?=\d)/);
  const options = pieces.map((piece) => piece.replace(prefix, ''));
  const sound = options.length > 1 && options.every((one) => readOption(one).ok);
  // In a list of ranges a comma is between two of them.
  return sound && (/\s/.test(text) || !text.includes(':')) ? options : undefined;
}

/** `256 MB` as `256M`, where that is an option; undefined for anything else. */
function withKernelUnits(text: string): string | undefined {
  const plain = text.replace(/\s+/g, '').replace(/(\d[kmgtpe])i?b/gi, '$1');
  const read = readOption(plain);
  const sound = read.ok && sizeMistakes(read.value).length === 0;
  return plain !== text && sound ? plain : undefined;
}

/** Reads the text after one `crashkernel=`. */
export function parseCrashkernel(text: string): Read<CrashkernelOption> {
  const read = readOption(text);
  if (read.ok || read.mistake.kind === 'leading-zero') return read;
  if (text.startsWith(prefix) && !/\s/.test(text.trim())) {
    // What is wrong with the rest would be the next thing to be told.
    const rest = parseCrashkernel(text.slice(prefix.length));
    return rest.ok ? read : rest;
  }
  if (/^(auto|default)$/i.test(text)) return { ok: false, mistake: { kind: 'auto' } };
  const options = severalIn(text);
  if (options !== undefined) return { ok: false, mistake: { kind: 'several', options } };
  const instead = withKernelUnits(text);
  if (instead !== undefined) return { ok: false, mistake: { kind: 'unit', instead } };
  return read;
}

function readOption(text: string): Read<CrashkernelOption> {
  const cursor = new Cursor(text);
  try {
    if (cursor.take(prefix)) throw new Mistake({ kind: 'prefix' });
    const option = optionAt(cursor);
    if (!cursor.done)
      throw cursor.wanted(
        option.form === 'size' ? '"@OFFSET", ",high", ",low" or nothing more' : 'nothing more',
      );
    return { ok: true, value: option };
  } catch (error) {
    if (error instanceof Mistake) return { ok: false, mistake: error.mistake };
    throw error;
  }
}

function sizeMistakes(option: CrashkernelOption): readonly CrashkernelMistake[] {
  switch (option.form) {
    case 'low':
      return []; // `0,low` asks for none, on purpose.
    case 'size':
    case 'high':
      return option.size < smallestUseful ? [{ kind: 'tiny', size: option.size }] : [];
    case 'ranges': {
      const mistakes: CrashkernelMistake[] = [];
      const given = option.rules.filter((rule) => rule.size > 0n);
      if (given.length === 0) mistakes.push({ kind: 'tiny', size: 0n });
      for (const rule of given) {
        if (rule.size < smallestUseful) mistakes.push({ kind: 'tiny', size: rule.size });
        if (rule.end !== undefined && rule.size >= rule.end)
          mistakes.push({ kind: 'never-fits', size: rule.size, end: rule.end });
      }
      const sorted = option.rules.toSorted((a, b) =>
        a.start < b.start ? -1 : a.start > b.start ? 1 : 0,
      );
      for (const [index, rule] of sorted.entries()) {
        const next = sorted[index + 1];
        if (next !== undefined && (rule.end === undefined || rule.end > next.start))
          mistakes.push({ kind: 'ranges-overlap', start: next.start });
      }
      return mistakes;
    }
  }
}

/** The largest end that a region of this option is sure to reach. */
function reachOf(option: CrashkernelOption): bigint {
  if (option.form !== 'size' && option.form !== 'ranges') return 0n;
  const sizes = option.form === 'size' ? [option.size] : option.rules.map(({ size }) => size);
  const largestSize = sizes.reduce((most, size) => (size > most ? size : most), 0n);
  return (option.offset ?? 0n) + largestSize;
}

export type OptionMistake = { readonly index: number; readonly mistake: CrashkernelMistake };

/** Every `crashkernel=` of a machine together, or all that is wrong with them. */
export function reservationOf(
  texts: readonly string[],
  rules: CrashkernelRules,
): { readonly reservation: Reservation | undefined; readonly mistakes: readonly OptionMistake[] } {
  const mistakes: OptionMistake[] = [];
  const read: { readonly index: number; readonly option: CrashkernelOption }[] = [];
  for (const [index, text] of texts.entries()) {
    const result = parseCrashkernel(text);
    if (!result.ok) {
      mistakes.push({ index, mistake: result.mistake });
      continue;
    }
    const option = result.value;
    read.push({ index, option });
    for (const mistake of sizeMistakes(option)) mistakes.push({ index, mistake });
    const reach = reachOf(option);
    if (rules.end !== undefined && reach > rules.end)
      mistakes.push({ index, mistake: { kind: 'too-high', reach, end: rules.end } });
    if ((option.form === 'high' || option.form === 'low') && !rules.highLow)
      mistakes.push({ index, mistake: { kind: 'no-high-low', form: option.form } });
    if (
      (option.form === 'size' || option.form === 'ranges') &&
      option.offset !== undefined &&
      option.offset % rules.offsetAlign !== 0n
    )
      mistakes.push({
        index,
        mistake: { kind: 'offset-unaligned', offset: option.offset, align: rules.offsetAlign },
      });
  }

  const isPlain = (option: CrashkernelOption): boolean =>
    option.form === 'size' || option.form === 'ranges';
  const classOf = (option: CrashkernelOption): 'plain' | 'high' | 'low' =>
    option.form === 'high' || option.form === 'low' ? option.form : 'plain';
  const plain = read.find(({ option }) => isPlain(option));
  const high = read.find(({ option }) => option.form === 'high');
  for (const { index, option } of read) {
    const twin = read.find((other) => classOf(other.option) === classOf(option));
    // The kernel takes the last of a kind and says nothing.
    if (twin !== undefined && twin.index !== index)
      mistakes.push({ index, mistake: { kind: 'twice', first: texts[twin.index] ?? '' } });
    if (isPlain(option)) continue;
    if (plain !== undefined)
      mistakes.push({ index, mistake: { kind: 'ignored', because: texts[plain.index] ?? '' } });
    else if (option.form === 'low' && high === undefined && mistakes.length === 0)
      mistakes.push({ index, mistake: { kind: 'low-alone' } });
  }

  const main = (plain ?? high)?.option;
  if (mistakes.length > 0 || main === undefined) return { reservation: undefined, mistakes };
  const sizes =
    main.form === 'ranges'
      ? main.rules.map((rule) => rule.size).filter((size) => size > 0n)
      : [main.size];
  const smallest = sizes.reduce((least, size) => (size < least ? size : least));
  return {
    reservation: { options: texts, smallest },
    mistakes,
  };
}
