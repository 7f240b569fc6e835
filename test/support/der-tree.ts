/** DER as a tree that a test can change, and bytes again, in the one form or in one that is not DER. */

export type Der = {
  readonly tag: number;
  /** What it holds: elements where the tag is a constructed one. */
  readonly body: Uint8Array | readonly Der[];
  /** `long`: a length with a leading zero byte. `open`: no length, and an end (BER). */
  readonly length?: 'long' | 'open';
};

export const der = (tag: number, ...parts: readonly (Der | Uint8Array)[]): Der => ({
  tag,
  body: parts.every((part): part is Der => !(part instanceof Uint8Array))
    ? parts
    : Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : derBytes(part)))),
});
export const hexDer = (hex: string): Der => parseDer(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

const constructed = 0x20;

/** Reads what we wrote: any fault throws. */
export function parseDer(bytes: Uint8Array): Der {
  const [only, ...more] = parseAll(bytes);
  if (only === undefined || more.length > 0) throw new Error('not one DER element');
  return only;
}

function parseAll(bytes: Uint8Array): readonly Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2);
    const count = first < 0x80 ? 0 : first - 0x80;
    const head = 2 + count;
    const size =
      count === 0
        ? first
        : bytes.subarray(at + 2, at + head).reduce((sum, byte) => sum * 256 + byte, 0);
    if (at + head + size > bytes.length) throw new Error('not DER');
    const content = bytes.slice(at + head, at + head + size);
    found.push({ tag, body: (tag & constructed) === 0 ? content : parseAll(content) });
    at += head + size;
  }
  return found;
}

export function derBytes({ tag, body, length }: Der): Uint8Array {
  const content =
    body instanceof Uint8Array ? body : Uint8Array.from(Buffer.concat(body.map(derBytes)));
  if (length === 'open') return Uint8Array.from([tag, 0x80, ...content, 0, 0]);
  const digits: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256))
    digits.unshift(rest % 256);
  if (length === 'long') digits.unshift(0);
  const short = content.length < 0x80 && length === undefined;
  return Uint8Array.from([
    tag,
    ...(short ? [content.length] : [0x80 + digits.length, ...digits]),
    ...content,
  ]);
}

/** The tree with the element at `path` (its place in each parent) as `change` makes it: none, one or more. */
export function derWith(
  tree: Der,
  path: readonly number[],
  change: (element: Der) => Der | readonly Der[],
): Der {
  const [first, ...rest] = path;
  if (first === undefined) return only(change(tree));
  if (tree.body instanceof Uint8Array) throw new Error('holds no elements');
  const child = tree.body[first];
  if (child === undefined) throw new Error(`no element ${first}`);
  const changed = rest.length > 0 ? derWith(child, rest, change) : change(child);
  return { ...tree, body: tree.body.toSpliced(first, 1, ...[changed].flat()) };
}

function only(found: Der | readonly Der[]): Der {
  const [one] = [found].flat();
  if (one === undefined) throw new Error('nothing is left');
  return one;
}

export const derAt = (tree: Der, ...path: readonly number[]): Der => {
  let found = tree;
  for (const index of path) {
    const next = found.body instanceof Uint8Array ? undefined : found.body[index];
    if (next === undefined) throw new Error(`no element ${index}`);
    found = next;
  }
  return found;
};
