/**
 * The compressed vmlinux inside a bzImage, unpacked at build time instead of after the panic.
 * Linux, scripts/Makefile.lib: every format but gzip has the unpacked size after it, as 4 bytes.
 */
import { gunzipSync } from 'node:zlib';
import { fail, ok, type Result } from '../../problem/result.ts';
import type { RunFilter } from '../architecture.ts';

type PayloadFormat = {
  readonly name: string;
  readonly magic: readonly number[];
  /** What unpacks it from standard input to standard output; undefined: zlib. */
  readonly command: readonly [string, ...string[]] | undefined;
};

const formats: readonly PayloadFormat[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], command: undefined },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], command: ['xz', '-dc'] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], command: ['zstd', '-dcq'] },
  { name: 'lz4', magic: [0x02, 0x21, 0x4c, 0x18], command: ['lz4', '-dc'] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], command: ['bzip2', '-dc'] },
  { name: 'lzma', magic: [0x5d, 0x00, 0x00], command: ['xz', '--format=lzma', '-dc'] },
  { name: 'lzo', magic: [0x89, 0x4c, 0x5a, 0x4f], command: ['lzop', '-dc'] },
];

const sizeTrailer = 4;
/** No kernel is near this; a damaged one or an attack may be. */
const unpackedMax = 512 << 20;

export async function unpackPayload(
  run: RunFilter,
  payload: Uint8Array,
): Promise<Result<Uint8Array>> {
  const format = formats.find(({ magic }) => magic.every((byte, at) => payload[at] === byte));
  if (format === undefined || payload.length <= sizeTrailer)
    return fail({
      area: 'component',
      kind: 'kernel-payload-unknown',
      magic: Buffer.from(payload.subarray(0, 6)).toString('hex'),
      known: formats.map(({ name }) => name),
    });
  const unpacked = await unpack(run, format, payload);
  if (!unpacked.ok) return unpacked;
  const trailer = payload.subarray(payload.length - sizeTrailer);
  const stated = new DataView(trailer.buffer, trailer.byteOffset).getUint32(0, true);
  if (unpacked.value.length !== stated)
    return fail({
      area: 'component',
      kind: 'kernel-payload-size',
      stated,
      found: unpacked.value.length,
    });
  return unpacked;
}

async function unpack(
  run: RunFilter,
  format: PayloadFormat,
  payload: Uint8Array,
): Promise<Result<Uint8Array>> {
  const corrupt = (detail: string): Result<Uint8Array> =>
    fail({ area: 'component', kind: 'kernel-payload-corrupt', format: format.name, detail });
  if (format.command === undefined)
    try {
      return ok(gunzipSync(payload, { maxOutputLength: unpackedMax }));
    } catch (error) {
      return corrupt(error instanceof Error ? error.message : String(error));
    }
  const [command, ...args] = format.command;
  const input = payload.subarray(0, payload.length - sizeTrailer);
  const ran = await run(command, args, { input, outputMax: unpackedMax });
  if (!ran.ok) return ran;
  if (ran.value.exitCode !== 0) return corrupt(ran.value.stderr.trim().split('\n')[0] ?? '');
  return ok(ran.value.stdout);
}
