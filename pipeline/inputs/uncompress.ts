/**
 * Compressed modules, many with one command: xz and zstd unpack what stands one after the other in their input,
 * and the sizes that the files state say where each ends. What stated sizes do not account for is not written.
 */
import { gunzipSync } from 'node:zlib';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';
import { showSize } from '../units/units.ts';

export type PackedFile = { readonly path: string; readonly bytes: Uint8Array };

const TIMEOUT_MS = 300_000;
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
  xz: { command: 'xz', args: ['-dc', '-T1'], size: xzSize },
  zst: { command: 'zstd', args: ['-dcq'], size: zstdSize },
};

const ending = (path: string): string => /\.(xz|zst|gz)$/.exec(path)?.[1] ?? '';

/** Bytes of a module: ten times the largest, which is a driver of graphics with what a debugger needs. */
const moduleMax = 256 << 20;
/** And of all that one command unpacks. */
const batchMax = 2 ** 30;
const tooLarge = `it unpacks to more than ${showSize(moduleMax)}`;

const damaged = (path: string, fault: string): Result<never> =>
  fail({ area: 'input', kind: 'module-damaged', path, fault });

/** One command's worth of files; undefined when the sizes they state are not those of the output. */
async function runBatch(
  host: Host,
  packing: Packing,
  batch: readonly PackedFile[],
): Promise<Result<readonly Uint8Array[] | undefined>> {
  const sizes = batch.map(({ bytes }) => packing.size(bytes));
  const only = batch.length === 1 ? batch[0] : undefined;
  const stated = sizes.reduce<number>((sum, size) => sum + (size ?? moduleMax), 0);
  const large = batch.find((_, at) => (sizes[at] ?? 0) > moduleMax);
  if (large !== undefined) return damaged(large.path, tooLarge);
  const ran = await host.run(packing.command, packing.args, {
    input: joinBytes(batch.map(({ bytes }) => bytes)),
    timeoutMs: TIMEOUT_MS,
    outputMax: only === undefined ? Math.min(stated, batchMax) : moduleMax,
  });
  if (!ran.ok && ran.problems[0].kind === 'command-output-large')
    return only === undefined ? ok(undefined) : damaged(only.path, tooLarge);
  if (!ran.ok) return ran;
  const { exitCode, stdout, stderr } = ran.value;
  if (exitCode !== 0) return only === undefined ? ok(undefined) : damaged(only.path, stderr.trim());
  if (only !== undefined) return ok([stdout]);
  const outputs: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
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
  for (const file of files) {
    if (batch.length > 0 && size > total / PARALLEL) {
      batches.push(batch);
      batch = [];
      size = 0;
    }
    batch.push(file);
    size += file.bytes.length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

async function unpackAll(
  host: Host,
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
      const ran = await runBatch(host, packing, batch);
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
        const single = await runBatch(host, packing, [file]);
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

/** The files' content, uncompressed, in the order given. Paths are for messages. */
export async function uncompressFiles(
  host: Host,
  files: readonly PackedFile[],
): Promise<Result<readonly Uint8Array[]>> {
  const outputs: Uint8Array[] = files.map(({ bytes }) => bytes);
  for (const [kind, packing] of Object.entries(packings)) {
    const places = files.flatMap(({ path }, at) => (ending(path) === kind ? [at] : []));
    if (places.length === 0) continue;
    const unpacked = await unpackAll(
      host,
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
        const plain = gunzipSync(bytes, { maxOutputLength: moduleMax });
        outputs[at] = new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
      } catch (error) {
        return damaged(path, error instanceof Error ? error.message : String(error));
      }
  return ok(outputs);
}
