/** A profile as the inputs stage sees it: what it reads is given, the rest is of no account here. */
import type {
  InitramfsSource,
  KernelSource,
  Profile,
  ToolsSource,
} from '../../pipeline/profile/profile-types.ts';

export type ProfileInputs = {
  readonly name?: string;
  readonly kernel: KernelSource;
  readonly initramfs?: InitramfsSource;
  readonly tools?: ToolsSource;
};

export const composedWith = (...drivers: readonly string[]): InitramfsSource => ({
  kind: 'composed',
  compression: 'none',
  drivers,
});

export const inputProfile = (given: ProfileInputs): Profile => ({
  name: given.name ?? 'test',
  file: 'test.yaml',
  placeOf: () => ({ file: 'test.yaml', line: 1, column: 1 }),
  arch: 'x86_64',
  kernel: given.kernel,
  kernelForm: 'direct',
  machineLevel: undefined,
  initramfs: given.initramfs ?? composedWith('virtio_blk'),
  tools: given.tools ?? { kind: 'apt' },
  reservation: { options: ['256M'], smallest: 256n << 20n, high: false },
  limits: { cpus: 4, memoryRanges: 16 },
  commandLine: { inherit: undefined, append: [], remove: [] },
  target: { kind: 'raw', device: { by: 'path', value: '/dev/vda' }, waitSeconds: 10, online: [] },
  dump: { level: 31, format: 'kdump', compression: 'zlib' },
  finalAction: 'reboot',
  failureAction: 'reboot',
  onCorruption: [{ kind: 'halt' }],
  testing: false,
  memoryMap: 'e820',
  elfcorehdr: 'passed',
  backend: 'segments',
  match: [],
  epoch: 0n,
  notAfter: undefined,
  console: { kind: 'none' },
});
