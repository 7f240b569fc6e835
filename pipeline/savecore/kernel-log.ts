/** What a kernel log tells of a panic, and a signature by which the same crash is found again. docs/savecore.md says how it is made. */
import { sha256Bytes } from '../units/sha256.ts';
import { type Digest, digestOf } from '../units/units.ts';
import { printable } from './marker.ts';

export type PanicSummary = {
  /** What follows `Kernel panic - not syncing:`. */
  readonly panic: string;
  /** The line that tells of the fault before it (`BUG:`, `Oops:` …); null where the panic stands alone. */
  readonly cause: string | null;
  /** Functions of the call trace, the innermost first. */
  readonly frames: readonly string[];
  readonly signature: Digest;
};

const mostFrames = 8;

/** Level, time and caller, as the kernel puts them before each line. */
const prefix = /^(<\d+>)?\[[ \d.]+\](\[[^\]]*\])? ?/;
const panicLine = /Kernel panic - not syncing: (.*)$/;
const faultLine = /^(BUG: |Oops|Internal error: |Unable to handle kernel )/;
/** Where the kernel was: some name the code segment before the function. */
const programCounter = /^(?:RIP: 0010:|pc : )([^+ ]+)\+/;
const traceBegins = /^Call [Tt]race:/;
const marksOfTrace = /^ *<\/?(IRQ|NMI|TASK|#[A-Z]+|SOFTIRQ|EOI|ENTRY_TRAMPOLINE)>$/;
const frameLine =
  /^ *(?:\(?\[<[0-9a-f]+>\]\)? *)?(\? )?([A-Za-z_][\w.]*)\+0x[0-9a-f]+\/0x[0-9a-f]+/;

/** Undefined where the log tells of no panic. */
export function summarize(log: string): PanicSummary | undefined {
  let panic: string | undefined;
  let fault: string | null = null;
  let cause: string | null = null;
  let frames: string[] = [];
  let counter: string | undefined;
  // Whether the next trace is the one of what was met last.
  let awaited = false;
  let faulted = false;
  let inTrace = false;
  for (const raw of log.split('\n')) {
    const line = printable(raw.replace(/\r$/, '').replace(prefix, ''));
    const [, reason] = panicLine.exec(line) ?? [];
    if (inTrace) {
      const [, doubtful, name] = frameLine.exec(line) ?? [];
      if (name !== undefined) {
        if (doubtful === undefined && frames.length < mostFrames) frames.push(plainName(name));
        continue;
      }
      if (marksOfTrace.test(line)) continue;
      inTrace = false;
    }
    if (reason !== undefined) {
      panic = reason;
      awaited = true;
      faulted = false;
      // Its own trace follows, unless the fault has had one.
      counter = undefined;
    } else if (faultLine.test(line)) {
      // `Oops:` after `BUG:` is of the same fault, and says less.
      if (!faulted) fault = line;
      cause = fault;
      awaited = true;
      faulted = true;
      counter = undefined;
      frames = [];
    } else if (traceBegins.test(line) && awaited) {
      faulted = false;
      if (panic !== undefined) cause = null;
      frames = counter === undefined ? [] : [counter];
      awaited = false;
      inTrace = true;
    } else {
      const [, name] = programCounter.exec(line) ?? [];
      if (name !== undefined && awaited) counter = plainName(name);
    }
  }
  const told = panic ?? fault;
  if (told === null || told === undefined) return undefined;
  return { panic: told, cause, frames, signature: signatureOf(told, frames) };
}

/** Without what the compiler adds: `.constprop.0`, `.cold`. */
const plainName = (name: string): string => name.replace(/\..*$/, '');

/** Numbers and addresses differ from crash to crash. */
const withoutNumbers = (reason: string): string =>
  reason
    .replace(/0x[0-9a-fA-F]+/g, '')
    .replace(/[0-9a-f]{8,}/g, '')
    .replace(/[0-9]+/g, '')
    .replace(/ +/g, ' ')
    .replace(/^ | $/g, '');

export const signatureOf = (panic: string, frames: readonly string[]): Digest =>
  digestOf(
    sha256Bytes(
      new TextEncoder().encode(
        [withoutNumbers(panic), ...frames].map((line) => `${line}\n`).join(''),
      ),
    ),
  );
