/**
 * What a capture kernel is told by a device tree: the running kernel's, with additions that are known here or are
 * live values. docs/format.md, "Device tree", says what the additions look like; the loader makes the tree.
 */
import {
  type EncodedTree,
  encodeTree,
  type TreeNode,
  type TreeProperty,
} from '../format/device-tree.ts';
import type { liveForms } from '../format/seal-layout.ts';
import { alignUp } from '../units/units.ts';
import type { ParameterRequest } from './architecture.ts';
import type { Component, LiveValue } from './component.ts';

export const deviceTreeName = 'device-tree';

/** A number: known here, or a live value without its place. */
export type TreeNumber =
  | bigint
  | (Pick<LiveValue, 'source'> & Partial<Pick<LiveValue, 'about' | 'addend' | 'arg1' | 'text'>>);

export type TreeRange = { readonly start: TreeNumber; readonly size: TreeNumber };

/** A number that the loader appends to a text. */
export type TreeWords = Pick<LiveValue, 'source'> &
  Partial<Pick<LiveValue, 'about' | 'addend' | 'text'>> & {
    readonly form: Extract<keyof typeof liveForms, 'textHex' | 'textKib'>;
    readonly words: string;
  };

/** `path` is of a node, "/chosen" or "" for the root; nodes that are not there are made. */
type Property = { readonly path: string; readonly name: string };

export type TreeAddition =
  | (Property & { readonly kind: 'bytes'; readonly value: Uint8Array })
  | (Property & { readonly kind: 'number'; readonly width: 4 | 8; readonly value: TreeNumber })
  /** Ends with a NUL; `room`, with the NUL, is for what the loader appends. */
  | (Property & {
      readonly kind: 'text';
      readonly text: string;
      readonly room?: number;
      readonly words?: readonly TreeWords[];
    })
  /** In as many cells as the root of the machine's tree says; a range of size 0 is left out. */
  | (Property & { readonly kind: 'ranges'; readonly ranges: readonly TreeRange[] })
  | (Property & { readonly kind: 'delete' })
  /** Memory reservations; a range of size 0 is left out. */
  | { readonly kind: 'reserve'; readonly ranges: readonly TreeRange[] };

/** Room for the tree where the profile does not say. Trees of servers have some ten to a hundred KiB. */
const usualTreeRoom = 256n << 10n;

const pairSize = 16;

/** How the additions name what is to be done. */
const deeds = {
  bytes: 'set',
  number: 'set',
  text: 'text',
  ranges: 'ranges',
  delete: 'delete',
  reserve: 'reserve',
} as const;

/** The segment that holds the tree, at its start, and the additions after it. */
export function deviceTreeComponent(
  additions: readonly TreeAddition[],
  { room = usualTreeRoom, align }: { readonly room?: bigint | undefined; readonly align: bigint },
): Component {
  const encoded = encodeAdditions(additions);
  const bytes = new Uint8Array(Number(room) + encoded.bytes.length);
  bytes.set(encoded.bytes, Number(room));
  return {
    name: deviceTreeName,
    kind: 'deviceTree',
    bytes,
    memorySize: alignUp(BigInt(bytes.length), align),
    align,
    minAddress: 0n,
    checked: [{ name: deviceTreeName, start: 0, end: bytes.length }],
    live: [
      ...additions.flatMap((addition, index) =>
        liveOf(addition, room, encoded, pathOf(addition, index)),
      ),
      {
        source: 'deviceTree',
        form: 'own',
        offset: 0n,
        size: room,
        arg0: room,
        arg1: BigInt(encoded.bytes.length),
      },
    ],
  };
}

/** Where a property stands in the additions. */
const pathOf = (addition: TreeAddition, index: number): string =>
  addition.kind === 'reserve'
    ? `/reserve/ranges-${index}`
    : `/${deeds[addition.kind]}${addition.path}/${addition.name}`;

type Tree = { readonly properties: TreeProperty[]; readonly nodes: Map<string, Tree> };
const emptyTree = (): Tree => ({ properties: [], nodes: new Map() });

const treeNode = (name: string, { properties, nodes }: Tree): TreeNode => ({
  name,
  properties,
  nodes: [...nodes].map(([child, tree]) => treeNode(child, tree)),
});

function encodeAdditions(additions: readonly TreeAddition[]): EncodedTree {
  const root = emptyTree();
  for (const [index, addition] of additions.entries()) {
    const names = pathOf(addition, index).split('/').slice(1);
    const property = names.pop() ?? '';
    let node = root;
    for (const name of names) {
      const next = node.nodes.get(name) ?? emptyTree();
      node.nodes.set(name, next);
      node = next;
    }
    node.properties.push({ name: property, value: sealedValue(addition) });
  }
  return encodeTree({ root: treeNode('', root), reservations: [], bootCpu: 0 });
}

const known = (value: TreeNumber): bigint => (typeof value === 'bigint' ? value : 0n);

function numberBytes(value: bigint, width: number): Uint8Array {
  const bytes = new Uint8Array(width);
  const view = new DataView(bytes.buffer);
  if (width === 8) view.setBigUint64(0, value);
  else view.setUint32(0, Number(value));
  return bytes;
}

/** With zeros for what is live. */
function sealedValue(addition: TreeAddition): Uint8Array {
  switch (addition.kind) {
    case 'bytes':
      return addition.value;
    case 'number':
      return numberBytes(known(addition.value), addition.width);
    case 'text': {
      const text = new TextEncoder().encode(addition.text);
      const bytes = new Uint8Array(addition.room ?? text.length + 1);
      if (text.length >= bytes.length)
        throw new Error(`"${addition.name}" has no room for its text`);
      bytes.set(text);
      return bytes;
    }
    case 'delete':
      return new Uint8Array();
    case 'ranges':
    case 'reserve': {
      const bytes = new Uint8Array(addition.ranges.length * pairSize);
      for (const [index, { start, size }] of addition.ranges.entries()) {
        bytes.set(numberBytes(known(start), 8), index * pairSize);
        bytes.set(numberBytes(known(size), 8), index * pairSize + 8);
      }
      return bytes;
    }
  }
}

function liveOf(
  addition: TreeAddition,
  room: bigint,
  { placeOf }: EncodedTree,
  path: string,
): readonly LiveValue[] {
  const start = room + BigInt(placeOf(path));
  const numberAt = (offset: number, width: 4 | 8, value: TreeNumber): readonly LiveValue[] =>
    typeof value === 'bigint'
      ? []
      : [{ ...value, form: 'big', width, offset: start + BigInt(offset), size: BigInt(width) }];
  switch (addition.kind) {
    case 'number':
      return numberAt(0, addition.width, addition.value);
    case 'ranges':
    case 'reserve':
      return addition.ranges.flatMap(({ start: from, size }, index) => [
        ...numberAt(index * pairSize, 8, from),
        ...numberAt(index * pairSize + 8, 8, size),
      ]);
    case 'text': {
      const { words = [], room: size = 0 } = addition;
      return words.map((live) => ({ ...live, offset: start, size: BigInt(size) }));
    }
    default:
      return [];
  }
}

/**
 * What Linux reads of /chosen where memory is told by a device tree, other than powerpc (drivers/of/{fdt,kexec}.c):
 * command line, initramfs, ELF core header, and the crash regions as the only memory, the main one first.
 */
export function chosenAdditions(request: ParameterRequest): readonly TreeAddition[] {
  const { commandLine, initramfs, elfcorehdr, kernel } = request;
  const chosen = (name: string) => ({ path: '/chosen', name });
  const number = (name: string, value: TreeNumber): TreeAddition => ({
    kind: 'number',
    ...chosen(name),
    width: 8,
    value,
  });
  const initramfsStart = { source: 'segmentAddress', about: initramfs.name } as const;
  const header =
    elfcorehdr === undefined
      ? []
      : [
          {
            start: { source: 'segmentAddress', about: elfcorehdr.name } as const,
            size: BigInt(elfcorehdr.size),
          },
        ];
  return [
    {
      kind: 'text',
      ...chosen('bootargs'),
      text: commandLine,
      room: kernel.commandLineMaximum + 1,
    },
    number('linux,initrd-start', initramfsStart),
    number('linux,initrd-end', { ...initramfsStart, addend: initramfs.size }),
    { kind: 'ranges', ...chosen('linux,elfcorehdr'), ranges: header },
    {
      kind: 'ranges',
      ...chosen('linux,usable-memory-range'),
      ranges: [
        { start: { source: 'crashStart' }, size: { source: 'crashSize' } },
        { start: { source: 'crashLowStart' }, size: { source: 'crashLowSize' } },
      ],
    },
    { kind: 'bytes', ...chosen('linux,booted-from-kexec'), value: new Uint8Array() },
    // Nobody has fresh ones to give: the running kernel has used up its own, and `crashseal plan` must show the very bytes.
    ...['kaslr-seed', 'rng-seed', 'linux,ima-kexec-buffer'].map(
      (name): TreeAddition => ({ kind: 'delete', ...chosen(name) }),
    ),
    { kind: 'reserve', ranges: [{ start: initramfsStart, size: initramfs.size }, ...header] },
  ];
}
