/** Compression of an initramfs by the programs that distributions use for it, with output that depends on the input and on their version alone. */
import type { Host } from '../host/host.ts';
import type { SharedWork } from '../host/shared-work.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { InitramfsSource } from '../profile/keys/initramfs.ts';

export type Compression = Extract<InitramfsSource, { readonly kind: 'composed' }>['compression'];

type Compressor = {
  /** What the kernel needs to unpack it. */
  readonly option: string;
  readonly command: readonly [string, ...string[]] | undefined;
};

/**
 * How the work is cut must not depend on the number of CPUs: zstd cuts it by level and window alone, and gives the same bytes
 * with any number of threads but none; xz cuts it by threads, and gets one. Where a kernel unpacks, it needs memory for
 * what is packed and for what the decoder looks back on, so that a larger window costs more than it saves.
 */
const compressors: Readonly<Record<Compression, Compressor>> = {
  none: { option: 'BLK_DEV_INITRD', command: undefined },
  zstd: {
    option: 'RD_ZSTD',
    command: ['zstd', '-9', '--zstd=wlog=17', '-T4', '--no-progress', '-q', '-c'],
  },
  // The kernel's decoder knows no CRC64.
  xz: {
    option: 'RD_XZ',
    command: ['xz', '-T1', '--check=crc32', '--lzma2=preset=6,dict=256KiB', '-c'],
  },
  gzip: { option: 'RD_GZIP', command: ['gzip', '-9', '-n', '-c'] },
};

/** A problem when the kernel's configuration says that it cannot unpack this; undefined config says nothing. */
export function checkCompression(
  compression: Compression,
  config: ReadonlyMap<string, string> | undefined,
): Result<undefined> {
  const { option } = compressors[compression];
  if (config === undefined || config.get(option) === 'y') return ok(undefined);
  return fail({
    area: 'component',
    kind: 'initramfs-compression-unsupported',
    compression,
    option: `CONFIG_${option}`,
    supported: Object.entries(compressors)
      .filter(([, compressor]) => config.get(compressor.option) === 'y')
      .map(([name]) => name),
  });
}

/** What the program says of its version, asked once in a build; empty without a program. Another version may give other bytes. */
export async function compressorVersion(
  host: Host,
  shared: SharedWork,
  compression: Compression,
): Promise<Result<string>> {
  const { command } = compressors[compression];
  if (command === undefined) return ok('');
  const [program] = command;
  return shared.once('version of a compressor', [program], async () => {
    const ran = await output(host, program, ['--version']);
    return ran.ok ? ok(new TextDecoder().decode(ran.value).trim()) : ran;
  });
}

export async function compress(
  host: Host,
  compression: Compression,
  bytes: Uint8Array,
): Promise<Result<Uint8Array>> {
  const { command } = compressors[compression];
  if (command === undefined) return ok(bytes);
  const [program, ...args] = command;
  return output(host, program, args, bytes);
}

async function output(
  host: Host,
  program: string,
  args: readonly string[],
  input?: Uint8Array,
): Promise<Result<Uint8Array>> {
  const ran = await host.run(program, args, input === undefined ? {} : { input });
  if (!ran.ok) return ran;
  if (ran.value.exitCode !== 0)
    return fail({
      area: 'component',
      kind: 'compressor-failed',
      command: program,
      exitCode: ran.value.exitCode,
      detail: ran.value.stderr.trim().split('\n')[0] ?? '',
    });
  return ok(ran.value.stdout);
}
