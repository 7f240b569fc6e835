/**
 * Binary layouts, declared once as data. From a declaration come the encoder, the decoder,
 * the loader's C (derive/c-header.ts) and the tables of docs/format.md.
 */

/** ELF's own numbers for EI_DATA. */
export type ByteOrder = 'little' | 'big';

export type Field =
  | {
      readonly type: 'uint';
      readonly offset: number;
      readonly size: 1 | 2 | 4;
      readonly doc: string;
    }
  | { readonly type: 'u64'; readonly offset: number; readonly size: 8; readonly doc: string }
  | { readonly type: 'bytes'; readonly offset: number; readonly size: number; readonly doc: string }
  | { readonly type: 'text'; readonly offset: number; readonly size: number; readonly doc: string };

type FieldValue<F extends Field> = F['type'] extends 'uint'
  ? number
  : F['type'] extends 'u64'
    ? bigint
    : F['type'] extends 'text'
      ? string
      : Uint8Array;

export type Fields = Readonly<Record<string, Field>>;
export type Layout<F extends Fields = Fields> = {
  readonly name: string;
  readonly size: number;
  readonly doc: string;
  readonly fields: F;
};
export type LayoutValue<L extends Layout> = {
  readonly [K in keyof L['fields']]: FieldValue<L['fields'][K]>;
};

type UintField = Field & { readonly type: 'uint' };
type U64Field = Field & { readonly type: 'u64' };
type BytesField = Field & { readonly type: 'bytes' };
type TextField = Field & { readonly type: 'text' };

export const u8 = (offset: number, doc: string): UintField => ({
  type: 'uint',
  offset,
  size: 1,
  doc,
});
export const u16 = (offset: number, doc: string): UintField => ({
  type: 'uint',
  offset,
  size: 2,
  doc,
});
export const u32 = (offset: number, doc: string): UintField => ({
  type: 'uint',
  offset,
  size: 4,
  doc,
});
export const u64 = (offset: number, doc: string): U64Field => ({
  type: 'u64',
  offset,
  size: 8,
  doc,
});
export const bytes = (offset: number, size: number, doc: string): BytesField => ({
  type: 'bytes',
  offset,
  size,
  doc,
});
/** ASCII, padded with zero bytes, at least one of which ends it. */
export const text = (offset: number, size: number, doc: string): TextField => ({
  type: 'text',
  offset,
  size,
  doc,
});

/** Declares a layout and checks it: fields in order, disjoint, inside. */
export function layout<F extends Fields>(
  name: string,
  size: number,
  doc: string,
  fields: F,
): Layout<F> {
  let end = 0;
  for (const [key, field] of Object.entries(fields)) {
    if (field.offset < end) throw new Error(`${name}.${key} overlaps the field before it`);
    end = field.offset + field.size;
  }
  if (end > size) throw new Error(`${name} is ${size} bytes, its fields reach ${end}`);
  return { name, size, doc, fields };
}

function putField(
  view: DataView,
  at: number,
  field: Field,
  value: unknown,
  order: ByteOrder,
): void {
  const little = order === 'little';
  const where = at + field.offset;
  switch (field.type) {
    case 'uint': {
      const number = value as number;
      if (!Number.isInteger(number) || number < 0 || number >= 2 ** (8 * field.size))
        throw new Error(`${number} does not fit in ${field.size} bytes`);
      if (field.size === 1) view.setUint8(where, number);
      else if (field.size === 2) view.setUint16(where, number, little);
      else view.setUint32(where, number, little);
      return;
    }
    case 'u64': {
      const number = value as bigint;
      if (number < 0n || number >= 1n << 64n) throw new Error(`${number} does not fit in 64 bits`);
      view.setBigUint64(where, number, little);
      return;
    }
    case 'bytes': {
      const source = value as Uint8Array;
      if (source.length !== field.size)
        throw new Error(`expected ${field.size} bytes, got ${source.length}`);
      new Uint8Array(view.buffer, view.byteOffset + where, field.size).set(source);
      return;
    }
    case 'text': {
      const source = new TextEncoder().encode(value as string);
      if (source.length >= field.size || source.includes(0))
        throw new Error(`"${value as string}" does not fit in ${field.size} bytes`);
      new Uint8Array(view.buffer, view.byteOffset + where, field.size).set(source);
    }
  }
}

/** The bytes of one value. What no field covers is zero. */
export function encode<F extends Fields>(
  declared: Layout<F>,
  value: LayoutValue<Layout<F>>,
  order: ByteOrder = 'little',
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(declared.size);
  const view = new DataView(out.buffer);
  for (const [key, field] of Object.entries(declared.fields))
    putField(view, 0, field, value[key as keyof typeof value], order);
  return out;
}

/** Writes one field in place, for what is patched after it was laid out. */
export function patch<F extends Fields, K extends keyof F & string>(
  declared: Layout<F>,
  target: Uint8Array,
  at: number,
  key: K,
  value: FieldValue<F[K]>,
  order: ByteOrder = 'little',
): void {
  const field = declared.fields[key] as Field;
  putField(
    new DataView(target.buffer, target.byteOffset, target.byteLength),
    at,
    field,
    value,
    order,
  );
}

/** Why bytes are not a value of a layout. */
export type LayoutFault =
  | {
      readonly fault: 'short';
      readonly layout: string;
      readonly need: number;
      readonly have: number;
    }
  | { readonly fault: 'reserved-set'; readonly layout: string; readonly offset: number }
  | { readonly fault: 'text-unterminated'; readonly layout: string; readonly offset: number };

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: LayoutFault };

/** Reads one value at `at`. Bytes that no field covers must be zero; texts must be ended and padded with zeros. */
export function decode<F extends Fields>(
  declared: Layout<F>,
  source: Uint8Array,
  at = 0,
  order: ByteOrder = 'little',
): Decoded<LayoutValue<Layout<F>>> {
  const layout = declared.name;
  if (at < 0 || source.length - at < declared.size) {
    const have = Math.max(0, source.length - at);
    return { ok: false, why: { fault: 'short', layout, need: declared.size, have } };
  }
  const text = openText(declared, source, at);
  if (text !== undefined)
    return { ok: false, why: { fault: 'text-unterminated', layout, offset: text } };
  const reserved = reservedByte(declared, source, at);
  if (reserved !== undefined)
    return { ok: false, why: { fault: 'reserved-set', layout, offset: reserved } };
  return { ok: true, value: read(declared, source, at, order) };
}

/**
 * The fields alone, for a caller who judges the other bytes: {@link openText}, {@link reservedByte}.
 * The bytes are there. A text reaches to its first zero byte, or over all of its room.
 */
export function read<F extends Fields>(
  declared: Layout<F>,
  source: Uint8Array,
  at = 0,
  order: ByteOrder = 'little',
): LayoutValue<Layout<F>> {
  const view = new DataView(source.buffer, source.byteOffset + at, declared.size);
  const value: Record<string, ReturnType<typeof readField>> = {};
  for (const [key, field] of shapeOf(declared).fields) value[key] = readField(view, field, order);
  return value as LayoutValue<Layout<F>>;
}

function readField(
  view: DataView,
  { type, offset, size }: Field,
  order: ByteOrder,
): number | bigint | string | Uint8Array {
  const little = order === 'little';
  if (type === 'u64') return view.getBigUint64(offset, little);
  if (type === 'uint') {
    if (size === 1) return view.getUint8(offset);
    return size === 2 ? view.getUint16(offset, little) : view.getUint32(offset, little);
  }
  const raw = new Uint8Array(view.buffer, view.byteOffset + offset, size).slice();
  if (type === 'bytes') return raw;
  const end = raw.indexOf(0);
  return new TextDecoder().decode(end < 0 ? raw : raw.subarray(0, end));
}

/** The offset of the first text that is not ended, or not padded with zeros. */
export function openText(declared: Layout, source: Uint8Array, at: number): number | undefined {
  return shapeOf(declared).texts.find(({ offset, size }) => {
    const raw = source.subarray(at + offset, at + offset + size);
    const end = raw.indexOf(0);
    return end < 0 || raw.subarray(end).some((byte) => byte !== 0);
  })?.offset;
}

/** The offset of the first byte that no field covers and that is not zero. */
export function reservedByte(declared: Layout, source: Uint8Array, at: number): number | undefined {
  for (const { offset, size } of reservedGaps(declared)) {
    const found = source.subarray(at + offset, at + offset + size).findIndex((byte) => byte !== 0);
    if (found >= 0) return offset + found;
  }
  return undefined;
}

type Gaps = readonly { readonly offset: number; readonly size: number }[];

type Shape = {
  readonly fields: readonly (readonly [string, Field])[];
  readonly texts: readonly Field[];
  readonly gaps: Gaps;
};

/** What follows from a declaration, once: the section headers of a kernel's modules are thousands of one layout. */
const shapes = new WeakMap<Layout, Shape>();

function shapeOf(declared: Layout): Shape {
  const known = shapes.get(declared);
  if (known !== undefined) return known;
  const fields = Object.entries(declared.fields);
  const shape = {
    fields,
    texts: fields.flatMap(([, field]) => (field.type === 'text' ? [field] : [])),
    gaps: gapsOf(declared),
  };
  shapes.set(declared, shape);
  return shape;
}

/** Where no field is. */
export const reservedGaps = (declared: Layout): Gaps => shapeOf(declared).gaps;

function gapsOf(declared: Layout): Gaps {
  const fields = Object.values(declared.fields);
  const starts = [0, ...fields.map(({ offset, size }) => offset + size)];
  const ends = [...fields.map(({ offset }) => offset), declared.size];
  return starts
    .map((offset, index) => ({ offset, size: (ends[index] ?? declared.size) - offset }))
    .filter(({ size }) => size > 0);
}
