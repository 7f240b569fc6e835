/** What tests need to know of an architecture to capture on it, end to end. */
import type { ProfileText } from '../crashseal.ts';
import type { KernelPackage, TestKernelName } from '../kernels.ts';

export type TestSystem = {
  /** Debian's name of it. */
  readonly debian: string;
  /** The folder of its libraries, and where programs look for their dynamic loader. */
  readonly multiarch: string;
  readonly interpreter: string;
  /** What runs its programs here (qemu-user-static); undefined: the machine itself. */
  readonly emulator: string | undefined;
  /** The Debian that its programs and, where none is named, its kernels come from; undefined: this machine's own. */
  readonly suite?: string;
  readonly kernels: Readonly<Partial<Record<TestKernelName, KernelPackage>>>;
  /** Keys of the profile that every test has, and those that only one with a composed initramfs may have. */
  readonly profile: ProfileText;
  readonly composed?: ProfileText;
  /** MiB, where a scenario says nothing. */
  readonly memory: number;
  /** As `crashkernel=` has it, likewise. */
  readonly crashkernel: string;
};
