/** The machines on which both loaders are measured: a line each. What tests know of an architecture holds here too. */
import type { GuestArch } from '../pipeline/guest/machines/machines.ts';
import type { TestKernelName } from '../test/support/kernels.ts';

export type BenchMachine = {
  readonly arch: GuestArch;
  readonly kernel: TestKernelName;
  /** The Debian that the peer's package is of, where it is another than that of the system's programs. */
  readonly peerSuite?: string;
  /** The capture kernel's words for a console that speaks from its first line on, whichever loader is used. */
  readonly early: readonly string[];
  /** What we want to reach from the panic to the first line, in words. */
  readonly aim?: string;
};

const pl011 = ['console=ttyAMA0', 'earlycon=pl011,0x9000000'];
const uart = ['console=ttyS0', 'earlycon=uart8250,mmio,0x10000000'];

export const benchMachines: readonly BenchMachine[] = [
  { arch: 'arm64', kernel: '6.1', early: pl011, aim: '1' },
  { arch: 'arm64', kernel: '6.12', early: pl011, aim: '1' },
  // Debian 13 has no kexec-tools for it.
  { arch: 'riscv64', kernel: '6.12', peerSuite: 'forky', early: uart, aim: '0.8' },
  { arch: 'i386', kernel: '6.1', early: ['console=ttyS0', 'earlyprintk=ttyS0'] },
  // The hypervisor's terminal speaks from the first line on by itself.
  { arch: 'ppc64le', kernel: '6.1', early: ['console=hvc0'] },
  { arch: 'ppc64le', kernel: '6.12', peerSuite: 'forky', early: ['console=hvc0'] },
];
