/** What was built natively and is part of this file, by architecture. Imported only when it is used. */

import loaderS390x from '../../out/native/s390x/crashseal-load';
import purgatoryS390x from '../../out/native/s390x/purgatory.bin';
import loaderX86_64 from '../../out/native/x86_64/crashseal-load';
import purgatoryX86_64 from '../../out/native/x86_64/purgatory.bin';
import type { ArchName } from '../arch/arch.ts';

export const purgatoryImages: Readonly<Record<ArchName, Uint8Array>> = {
  x86_64: purgatoryX86_64,
  s390x: purgatoryS390x,
};

/** The loader by the name that Node has for the processor it runs on. */
export const loaders: Readonly<Partial<Record<NodeJS.Architecture, Uint8Array>>> = {
  x64: loaderX86_64,
  s390x: loaderS390x,
};
