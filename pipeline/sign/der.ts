/**
 * DER, read strictly (X.690): one-byte tags, definite lengths in their shortest form, nothing left over.
 * Inside this folder a fault is thrown and caught again by {@link readDer}; outside it is a value.
 */

export class DerFault extends Error {
  /** The field that is not as it should be. */
  readonly part: string;
  constructor(part: string) {
    super(part);
    this.part = part;
  }
}

export type Element = {
  readonly tag: number;
  readonly content: Uint8Array;
  /** With tag and length. */
  readonly whole: Uint8Array;
};

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context: (number: number): number => 0xa0 | number,
} as const;

/** Elements one after the other. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  any(part: string): Element {
    const bytes = this.#bytes;
    const start = this.#at;
    const tag = bytes[start];
    const first = bytes[start + 1];
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new DerFault(part);
    let at = start + 2;
    let size = first;
    if (first >= 0x80) {
      const count = first - 0x80;
      if (count < 1 || count > 4 || bytes.length - at < count) throw new DerFault(part);
      size = 0;
      for (let index = 0; index < count; index++) size = size * 256 + (bytes[at + index] ?? 0);
      at += count;
      if (size < 0x80 || size < 256 ** (count - 1)) throw new DerFault(part);
    }
    if (bytes.length - at < size) throw new DerFault(part);
    this.#at = at + size;
    return {
      tag,
      content: bytes.subarray(at, at + size),
      whole: bytes.subarray(start, at + size),
    };
  }

  next(tag: number, part: string): Element {
    const element = this.any(part);
    if (element.tag !== tag) throw new DerFault(part);
    return element;
  }

  optional(tag: number, part: string): Element | undefined {
    return this.#bytes[this.#at] === tag ? this.any(part) : undefined;
  }

  /** A BOOLEAN whose default is false: where it stands it is true, and all its bits are set. */
  optionalTrue(part: string): boolean {
    const element = this.optional(tags.boolean, part);
    if (element !== undefined && (element.content.length !== 1 || element.content[0] !== 0xff))
      throw new DerFault(part);
    return element !== undefined;
  }

  /** Passes over exactly these bytes, where they are next. */
  skip(bytes: Uint8Array): boolean {
    const end = this.#at + bytes.length;
    if (!sameBytes(this.#bytes.subarray(this.#at, end), bytes)) return false;
    this.#at = end;
    return true;
  }

  inside(tag: number, part: string): DerReader {
    return new DerReader(this.next(tag, part).content);
  }

  /** An INTEGER that is not negative, in its shortest form. */
  integer(part: string): Element {
    const element = this.next(tags.integer, part);
    const [first, second] = element.content;
    if (first === undefined || first >= 0x80) throw new DerFault(part);
    if (first === 0 && second !== undefined && second < 0x80) throw new DerFault(part);
    return element;
  }

  smallInteger(part: string): number {
    const { content } = this.integer(part);
    // From 2^31 on, a zero keeps it from being negative.
    const digits = content[0] === 0 ? content.subarray(1) : content;
    if (digits.length > 4) throw new DerFault(part);
    return digits.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** An OBJECT IDENTIFIER in dots. */
  objectId(part: string): string {
    const { content } = this.next(tags.objectId, part);
    const numbers: number[] = [];
    let value = 0;
    let begun = false;
    for (const byte of content) {
      if ((!begun && byte === 0x80) || value >= 2 ** 40) throw new DerFault(part);
      value = value * 128 + (byte & 0x7f);
      begun = true;
      if (byte >= 0x80) continue;
      numbers.push(value);
      value = 0;
      begun = false;
    }
    const [first, ...more] = numbers;
    if (begun || first === undefined) throw new DerFault(part);
    const top = Math.min(2, Math.floor(first / 40));
    return [top, first - top * 40, ...more].join('.');
  }

  end(part: string): void {
    if (!this.atEnd) throw new DerFault(part);
  }
}

export type DerRead<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly part: string };

/** Runs `read` over all of `bytes`. */
export function readDer<T>(bytes: Uint8Array, read: (reader: DerReader) => T): DerRead<T> {
  try {
    const reader = new DerReader(bytes);
    const value = read(reader);
    reader.end('end');
    return { ok: true, value };
  } catch (error) {
    if (error instanceof DerFault) return { ok: false, part: error.part };
    throw error;
  }
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
