/** The console of purgatory and of the capture kernel. */

export type ConsoleDevice =
  | { readonly kind: 'none' }
  /** A 16550 at an I/O port, used by purgatory and, as `device` (`ttyS0`), by the capture kernel. */
  | {
      readonly kind: 'uart';
      readonly port: number;
      readonly baud: number;
      readonly device: string;
    }
  /** A 16550 in memory, used likewise. */
  | {
      readonly kind: 'memoryUart';
      readonly address: bigint;
      /** Bits of a register; they lie next to each other. */
      readonly registers: 8 | 32;
      readonly baud: number;
      readonly device: string;
    }
  /** The firmware's console, by SBI. */
  | { readonly kind: 'sbi' }
  /** The console that the hypervisor or OPAL has. */
  | { readonly kind: 'hvc' }
  /** The operator's console; `device` is the capture kernel's name for it, undefined: it chooses. */
  | { readonly kind: 'sclp'; readonly device: string | undefined };
