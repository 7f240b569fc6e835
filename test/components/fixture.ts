/** A profile and its inputs, as plain values. */
import { encode } from '../../pipeline/format/layout.ts';
import { purgatoryHead, purgatoryMagic } from '../../pipeline/format/purgatory-layout.ts';
import type { ResolvedInputs } from '../../pipeline/inputs/resolved-inputs.ts';
import type { Problem } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';

export const profile: Profile = {
  name: 'test',
  file: 'test.yaml',
  placeOf: () => ({ file: 'test.yaml', line: 1, column: 1 }),
  arch: 'x86_64',
  kernel: { kind: 'files', image: 'vmlinuz', config: undefined, modules: undefined },
  kernelForm: 'direct',
  machineLevel: undefined,
  initramfs: { kind: 'composed', compression: 'none', drivers: ['virtio-blk', 'virtio_pci'] },
  tools: { kind: 'apt' },
  crashkernel: { options: ['256M'], smallest: 256n << 20n },
  limits: { cpus: 8, memoryRanges: 32 },
  commandLine: { inherit: undefined, append: [], remove: [] },
  target: { kind: 'raw', device: { by: 'path', value: '/dev/vdb' }, waitSeconds: 30, online: [] },
  dump: { level: 31, format: 'kdump', compression: 'zlib' },
  finalAction: 'reboot',
  failureAction: 'halt',
  onCorruption: [{ kind: 'message' }, { kind: 'pvpanic', port: 0x505 }, { kind: 'reset' }],
  testing: false,
  memoryMap: 'e820',
  elfcorehdr: 'passed',
  backend: 'segments',
  hotplug: 'rearm',
  localOverlay: undefined,
  match: [],
  epoch: 0n,
  notAfter: undefined,
  console: { kind: 'uart', port: 0x3f8, baud: 115200, device: 'ttyS0' },
};

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const file = (value: string) => ({ kind: 'file' as const, bytes: text(value) });

export const inputs = (
  image: Uint8Array,
  changes: Partial<ResolvedInputs> = {},
): ResolvedInputs => ({
  profile,
  kernel: { image, origin: 'vmlinuz', release: undefined, config: undefined },
  modules: {
    release: '6.1.0-test-amd64',
    wanted: ['virtio_blk', 'ahci'],
    files: [{ path: 'kernel/drivers/block/virtio_blk.ko', bytes: text('ELF') }],
    indexes: [{ name: 'modules.dep', bytes: text('kernel/drivers/block/virtio_blk.ko:\n') }],
  },
  tools: [
    { path: 'usr/bin/busybox', mode: 0o755, content: file('busybox') },
    { path: 'usr/bin/makedumpfile', mode: 0o755, content: file('makedumpfile') },
  ],
  ownInitramfs: undefined,
  sources: [],
  ...changes,
});

export const problemsOf = (result: Result<unknown>): readonly Problem[] =>
  result.ok ? [] : result.problems;
export const kindsOf = (result: Result<unknown>): string =>
  problemsOf(result)
    .map(({ kind }) => kind)
    .join();

/** What a build makes of purgatory: a head that says its sizes, and a little code. */
export function purgatoryStandIn(machine: number, memorySize: number): Uint8Array {
  const image = new Uint8Array(0x1100).fill(0x90, 0x1000);
  image.set(
    encode(purgatoryHead, {
      magic: purgatoryMagic,
      staticDigest: new Uint8Array(32),
      liveDigest: new Uint8Array(32),
      version: 1,
      machine,
      entryOffset: 0x1000,
      codeOffset: 0x1000,
      codeSize: 0x100,
      imageSize: image.length,
      memorySize,
      consoleKind: 0,
      consoleBase: 0n,
      consoleBaud: 0,
      stepCount: 0,
      steps: new Uint8Array(0x100),
      profile: '',
      cpuFeatures: 0n,
      kernelEntry: 0n,
      kernelArgument: 0n,
      crashStart: 0n,
      crashSize: 0n,
      regionCount: 0,
      regions: new Uint8Array(0x600),
    }),
  );
  return image;
}
