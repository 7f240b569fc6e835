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
  /** The operator's console; `device` is the capture kernel's name for it, undefined: it chooses. */
  | { readonly kind: 'sclp'; readonly device: string | undefined };
