/** What a guest prints: kept in memory with the time of each line, copied to a file, and waited upon. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';

export type ConsoleLine = {
  readonly text: string;
  /** Milliseconds since the guest was started. */
  readonly at: number;
};

export type Seen = ConsoleLine & { readonly match: RegExpMatchArray };

/** Ends only what hangs for good. No test depends on how fast something is. */
export const deadManMs = 8 * 60_000;
const tailLines = 40;

export class GuestConsole {
  readonly lines: ConsoleLine[] = [];
  readonly #log: string;
  readonly #file: number;
  readonly #start: number;
  readonly #watchers = new Set<() => void>();
  #partial = '';
  #ended: string | undefined;
  #next = 0;

  constructor(output: Readable, logFile: string, start: number) {
    this.#log = logFile;
    this.#file = openSync(logFile, 'w');
    this.#start = start;
    output.setEncoding('latin1');
    output.on('data', (text: string) => this.#take(text));
  }

  /**
   * The next line that matches, after the one that the last call found; each call thus moves on.
   * Throws with the end of the output when the guest ends first.
   */
  async waitFor(pattern: RegExp, limitMs = deadManMs): Promise<Seen> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      while (this.#next < this.lines.length) {
        const line = this.lines[this.#next] as ConsoleLine;
        this.#next += 1;
        const match = line.text.match(pattern);
        if (match !== null) return { ...line, match };
      }
      if (this.#ended !== undefined)
        throw this.#report(`${this.#ended} before ${pattern} was seen`);
      if (Date.now() >= deadline) throw this.#report(`${pattern} not seen in ${limitMs / 1000} s`);
      await this.#change(deadline - Date.now());
    }
  }

  /** The first line that matches among those seen so far. */
  find(pattern: RegExp): Seen | undefined {
    for (const line of this.lines) {
      const match = line.text.match(pattern);
      if (match !== null) return { ...line, match };
    }
    return undefined;
  }

  /** Everything so far, as text. */
  text(): string {
    return this.lines.map((line) => line.text).join('\n');
  }

  tail(): string {
    return this.lines
      .slice(-tailLines)
      .map((line) => `  ${(line.at / 1000).toFixed(2).padStart(7)}  ${line.text}`)
      .join('\n');
  }

  /** No more output will come, and why. */
  end(reason: string): void {
    if (this.#ended !== undefined) return;
    if (this.#partial !== '') this.#take('\n');
    this.#ended = reason;
    closeSync(this.#file);
    for (const wake of this.#watchers) wake();
  }

  #take(text: string): void {
    if (this.#ended !== undefined) return;
    writeSync(this.#file, text, null, 'latin1');
    const at = performance.now() - this.#start;
    const parts = (this.#partial + text).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const part of parts) this.lines.push({ text: part.replace(/\r/g, ''), at });
    for (const wake of this.#watchers) wake();
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      this.#watchers.add(done);
    });
  }

  #report(what: string): Error {
    return new Error(`${what}\nconsole log: ${this.#log}\n${this.tail()}`);
  }
}
