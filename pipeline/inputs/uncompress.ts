/**
 * Compressed modules, many with one command: `xz -dc a b c` writes them one after the other, and
 * the sizes that the files state say where each ends.
 */
import { gunzipSync } from 'node:zlib';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';

export type PackedFile = { readonly path: string; readonly bytes: Uint8Array };

const TIMEOUT_MS = 300_000;
/** The kernel takes no single argument over 128 KiB, and a shell's command line is one. */
const MAX_COMMAND_LINE = 96 * 1024;
/** Commands side by side. */
const PARALLEL = 2;

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The uncompressed size, from the index at the end of a .xz file of one stream (xz format 1.1, section 4). */
export function xzSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 32 || bytes[bytes.length - 2] !== 0x59 || bytes[bytes.length - 1] !== 0x5a)
    return undefined;
  const indexSize = (view(bytes).getUint32(bytes.length - 8, true) + 1) * 4;
  let at = bytes.length - 12 - indexSize;
  if (at < 12 || bytes[at] !== 0) return undefined;
  at++;
  const number = (): number => {
    let value = 0;
    let scale = 1;
    for (let digits = 0; digits < 7; digits++) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  const records = number();
  if (!(records <= indexSize)) return undefined;
  let size = 0;
  for (let record = 0; record < records; record++) {
    number();
    size += number();
  }
  return Number.isSafeInteger(size) ? size : undefined;
}

/** The content size in a zstd frame's header (RFC 8878, section 3.1.1.1), where it is stated. */
export function zstdSize(bytes: Uint8Array): number | undefined {
  // The longest header has 18 bytes; a short file is read as if zeros followed it.
  const header = new Uint8Array(18);
  header.set(bytes.subarray(0, 18));
  if (view(header).getUint32(0, true) !== 0xfd2fb528) return undefined;
  const descriptor = header[4] ?? 0;
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (single ? 0 : 1) + dictionary;
  switch (descriptor >> 6) {
    case 0:
      return single ? header[at] : undefined;
    case 1:
      return view(header).getUint16(at, true) + 256;
    case 2:
      return view(header).getUint32(at, true);
    default:
      return Number(view(header).getBigUint64(at, true));
  }
}

type Packing = {
  readonly command: string;
  readonly args: readonly string[];
  readonly size: (bytes: Uint8Array) => number | undefined;
};
const packings: Readonly<Record<string, Packing>> = {
  xz: { command: 'xz', args: ['-dc', '-T1', '--'], size: xzSize },
  zst: { command: 'zstd', args: ['-dcq', '--'], size: zstdSize },
};

const ending = (path: string): string => /\.ko\.(\w+)$/.exec(path)?.[1] ?? '';

const damaged = (path: string, fault: string): Result<never> =>
  fail({ area: 'input', kind: 'module-damaged', path, fault });

/** One command's worth of files; undefined when the sizes they state are not those of the output. */
async function runBatch(
  host: Host,
  folder: string,
  packing: Packing,
  batch: readonly PackedFile[],
): Promise<Result<readonly Uint8Array[] | undefined>> {
  const paths = batch.map(({ path }) => `./${path}`);
  const ran = await host.run(packing.command, [...packing.args, ...paths], {
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
  });
  if (!ran.ok) return ran;
  const { exitCode, stdout, stderr } = ran.value;
  const only = batch.length === 1 ? batch[0] : undefined;
  if (exitCode !== 0) return only === undefined ? ok(undefined) : damaged(only.path, stderr.trim());
  if (only !== undefined) return ok([stdout]);
  const outputs: Uint8Array[] = [];
  let at = 0;
  for (const { bytes } of batch) {
    const size = packing.size(bytes);
    if (size === undefined || at + size > stdout.length) return ok(undefined);
    outputs.push(stdout.subarray(at, at + size));
    at += size;
  }
  return ok(at === stdout.length ? outputs : undefined);
}

function batchesOf(files: readonly PackedFile[]): PackedFile[][] {
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const batches: PackedFile[][] = [];
  let batch: PackedFile[] = [];
  let size = 0;
  let line = 0;
  for (const file of files) {
    if (batch.length > 0 && (size > total / PARALLEL || line > MAX_COMMAND_LINE)) {
      batches.push(batch);
      batch = [];
      size = 0;
      line = 0;
    }
    batch.push(file);
    size += file.bytes.length;
    line += Buffer.byteLength(file.path) + 8;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

async function unpackAll(
  host: Host,
  folder: string,
  packing: Packing,
  files: readonly PackedFile[],
): Promise<Result<readonly Uint8Array[]>> {
  // A damaged file starts no command: its size cannot be read, and its name is then known.
  const batches = batchesOf(files);
  const outputs: Uint8Array[][] = batches.map(() => []);
  const waiting = [...batches.entries()];
  let failed: Result<never> | undefined;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, batch] = next;
      const ran = await runBatch(host, folder, packing, batch);
      if (!ran.ok) {
        failed ??= ran;
        return;
      }
      if (ran.value !== undefined) {
        outputs[number] = [...ran.value];
        continue;
      }
      // One by one: slower, but it needs no sizes and names the file that is at fault.
      for (const file of batch) {
        const single = await runBatch(host, folder, packing, [file]);
        if (!single.ok) {
          failed ??= single;
          return;
        }
        outputs[number]?.push(...(single.value ?? []));
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return failed ?? ok(outputs.flat());
}

/** The files' content, uncompressed, in the order given. Paths lie below `folder`. */
export async function uncompressFiles(
  host: Host,
  folder: string,
  files: readonly PackedFile[],
): Promise<Result<readonly Uint8Array[]>> {
  const outputs: Uint8Array[] = files.map(({ bytes }) => bytes);
  for (const [kind, packing] of Object.entries(packings)) {
    const places = files.flatMap(({ path }, at) => (ending(path) === kind ? [at] : []));
    if (places.length === 0) continue;
    const unpacked = await unpackAll(
      host,
      folder,
      packing,
      places.flatMap((at) => files[at] ?? []),
    );
    if (!unpacked.ok) return unpacked;
    for (const [number, at] of places.entries())
      outputs[at] = unpacked.value[number] ?? new Uint8Array();
  }
  for (const [at, { path, bytes }] of files.entries())
    if (ending(path) === 'gz')
      try {
        const plain = gunzipSync(bytes);
        outputs[at] = new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
      } catch (error) {
        return damaged(path, error instanceof Error ? error.message : String(error));
      }
  return ok(outputs);
}
