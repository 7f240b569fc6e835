/**
 * Flat device trees (Devicetree Specification v0.4, chapter 5). Big-endian on every machine.
 * The reader refuses what the loader's does (loader/tree/tree.c); both look at every token to the end.
 */
import { limits } from './limits.ts';

export type TreeProperty = { readonly name: string; readonly value: Uint8Array };

export type TreeNode = {
  /** With its unit address; empty for the root. */
  readonly name: string;
  readonly properties: readonly TreeProperty[];
  readonly nodes: readonly TreeNode[];
};

export type TreeReservation = { readonly start: bigint; readonly size: bigint };

export type DeviceTree = {
  readonly root: TreeNode;
  readonly reservations: readonly TreeReservation[];
  /** Hardware number of the CPU that boots. */
  readonly bootCpu: number;
};

/** Named as the loader's details. */
export type TreeFault = 'tree-header' | 'tree-structure';

export type TreeRead =
  | { readonly ok: true; readonly value: DeviceTree }
  | { readonly ok: false; readonly fault: TreeFault };

const magic = 0xd00dfeed;
const version = 17;
const lastCompatible = 16;
const headerSize = 40;
const reservationSize = 16;
const token = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;

const at = {
  magic: 0x00,
  totalSize: 0x04,
  structure: 0x08,
  strings: 0x0c,
  reservations: 0x10,
  version: 0x14,
  lastCompatible: 0x18,
  bootCpu: 0x1c,
  stringsSize: 0x20,
  structureSize: 0x24,
} as const;

const align4 = (size: number): number => Math.ceil(size / 4) * 4;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What can be added to; a decoded node is the same, read only. */
type OpenNode = { name: string; properties: TreeProperty[]; nodes: OpenNode[] };

export function decodeTree(bytes: Uint8Array): TreeRead {
  const refuse = (fault: TreeFault): TreeRead => ({ ok: false, fault });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerSize || view.getUint32(at.magic) !== magic) return refuse('tree-header');
  const total = view.getUint32(at.totalSize);
  const blockAt = (start: number, size: number): Uint8Array | undefined =>
    start >= headerSize && start + size <= total ? bytes.subarray(start, start + size) : undefined;
  if (
    total < headerSize ||
    total > bytes.length ||
    view.getUint32(at.version) < version ||
    view.getUint32(at.lastCompatible) > version ||
    view.getUint32(at.structure) % 4 !== 0 ||
    view.getUint32(at.reservations) % 8 !== 0
  )
    return refuse('tree-header');
  const structure = blockAt(view.getUint32(at.structure), view.getUint32(at.structureSize));
  const strings = blockAt(view.getUint32(at.strings), view.getUint32(at.stringsSize));
  if (structure === undefined || strings === undefined) return refuse('tree-header');

  const reservations: TreeReservation[] = [];
  for (let place = view.getUint32(at.reservations); ; place += reservationSize) {
    if (blockAt(place, reservationSize) === undefined) return refuse('tree-header');
    const size = view.getBigUint64(place + 8);
    if (size === 0n) break;
    reservations.push({ start: view.getBigUint64(place), size });
  }
  const root = decodeStructure(structure, strings);
  return root === undefined
    ? refuse('tree-structure')
    : { ok: true, value: { root, reservations, bootCpu: view.getUint32(at.bootCpu) } };
}

function decodeStructure(structure: Uint8Array, strings: Uint8Array): OpenNode | undefined {
  const view = new DataView(structure.buffer, structure.byteOffset, structure.byteLength);
  const open: OpenNode[] = [];
  let root: OpenNode | undefined;
  // A node's properties come before the nodes in it.
  let properties = false;
  let place = 0;
  while (structure.length - place >= 4) {
    const kind = view.getUint32(place);
    place += 4;
    let length: number;
    switch (kind) {
      case token.nop:
        continue;
      case token.end:
        return open.length === 0 ? root : undefined;
      case token.endNode:
        if (open.pop() === undefined) return undefined;
        properties = false;
        continue;
      case token.beginNode: {
        length = structure.subarray(place).indexOf(0);
        const parent = open.at(-1);
        if (length < 0 || open.length === limits.treeDepthMax.value) return undefined;
        const name = latin1(structure.subarray(place, place + length));
        // One root; every other node has a name that a path can hold.
        if (parent === undefined ? root !== undefined : name === '' || name.includes('/'))
          return undefined;
        const node: OpenNode = { name, properties: [], nodes: [] };
        parent?.nodes.push(node);
        root ??= node;
        open.push(node);
        properties = true;
        length++;
        break;
      }
      case token.property: {
        if (!properties || structure.length - place < 8) return undefined;
        length = view.getUint32(place);
        const nameAt = view.getUint32(place + 4);
        place += 8;
        // Without a limit, many properties that share one long name would take minutes.
        const nameSize = strings.subarray(nameAt, nameAt + limits.treeNameMax.value).indexOf(0);
        if (nameSize <= 0 || align4(length) > structure.length - place) return undefined;
        open.at(-1)?.properties.push({
          name: latin1(strings.subarray(nameAt, nameAt + nameSize)),
          value: structure.subarray(place, place + length),
        });
        break;
      }
      default:
        return undefined;
    }
    if (align4(length) > structure.length - place) return undefined;
    place += align4(length);
  }
  return undefined;
}

export type EncodedTree = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the value of a property begins; the path is "/chosen/bootargs". */
  readonly placeOf: (path: string) => number;
};

/** Blocks in the order that libfdt wants: reservations, structure, strings. A name stands among the strings once. */
export function encodeTree(tree: DeviceTree): EncodedTree {
  const reservationsSize = (tree.reservations.length + 1) * reservationSize;
  const structureAt = headerSize + reservationsSize;
  const parts: Uint8Array[] = [];
  const places = new Map<string, number>();
  const names = new Map<string, number>();
  let size = 0;
  let stringsSize = 0;
  const push = (part: Uint8Array): void => {
    const padded = new Uint8Array(align4(part.length));
    padded.set(part);
    parts.push(padded);
    size += padded.length;
  };
  const word = (value: number): void => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    push(bytes);
  };
  const nameAt = (name: string): number => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const place = stringsSize;
    names.set(name, place);
    stringsSize += name.length + 1;
    return place;
  };
  const put = (node: TreeNode, path: string): void => {
    word(token.beginNode);
    push(Buffer.from(`${node.name}\0`, 'latin1'));
    for (const { name, value } of node.properties) {
      word(token.property);
      word(value.length);
      word(nameAt(name));
      places.set(`${path}/${name}`, structureAt + size);
      push(value);
    }
    for (const child of node.nodes) put(child, `${path}/${child.name}`);
    word(token.endNode);
  };
  put(tree.root, '');
  word(token.end);

  const stringsAt = structureAt + size;
  const bytes = new Uint8Array(stringsAt + stringsSize);
  const view = new DataView(bytes.buffer);
  for (const [place, value] of [
    [at.magic, magic],
    [at.totalSize, bytes.length],
    [at.structure, structureAt],
    [at.strings, stringsAt],
    [at.reservations, headerSize],
    [at.version, version],
    [at.lastCompatible, lastCompatible],
    [at.bootCpu, tree.bootCpu],
    [at.stringsSize, stringsSize],
    [at.structureSize, size],
  ] as const)
    view.setUint32(place, value);
  for (const [index, { start, size: bytesReserved }] of tree.reservations.entries()) {
    view.setBigUint64(headerSize + index * reservationSize, start);
    view.setBigUint64(headerSize + index * reservationSize + 8, bytesReserved);
  }
  let place = structureAt;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  for (const [name, offset] of names) bytes.set(Buffer.from(name, 'latin1'), stringsAt + offset);
  return {
    bytes,
    placeOf: (path) => {
      const found = places.get(path);
      if (found === undefined) throw new Error(`no property ${path} in the tree`);
      return found;
    },
  };
}

/** The node at a path, "/chosen" or "" for the root. */
export function nodeAt({ root }: DeviceTree, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const name of path.split('/').slice(1))
    node = node?.nodes.find((child) => child.name === name);
  return node;
}

export const propertyOf = (node: TreeNode | undefined, name: string): Uint8Array | undefined =>
  node?.properties.find((property) => property.name === name)?.value;
