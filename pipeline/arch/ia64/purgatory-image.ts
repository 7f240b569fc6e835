/**
 * In place of purgatory: its first page, which says what would have to be checked, and no code. There is no compiler for
 * it, no machine that it was tried on and no loader that would place it. What is entered is an instruction that traps.
 */
import { elfMachine } from '../../format/elf.ts';
import { encode } from '../../format/layout.ts';
import {
  consoles,
  purgatoryHead,
  purgatoryHeadSize,
  purgatoryMagic,
  purgatoryVersion,
} from '../../format/purgatory-layout.ts';

/** One bundle of template MII: `break 0` three times, as an assembler writes it. */
const trap = new Uint8Array(16);

export function purgatoryImage(): Uint8Array {
  const { fields } = purgatoryHead;
  const none = ({ size }: { readonly size: number }): Uint8Array => new Uint8Array(size);
  const size = purgatoryHeadSize + trap.length;
  const head = encode(purgatoryHead, {
    magic: purgatoryMagic,
    staticDigest: none(fields.staticDigest),
    liveDigest: none(fields.liveDigest),
    version: purgatoryVersion,
    machine: elfMachine.ia64,
    entryOffset: purgatoryHeadSize,
    codeOffset: purgatoryHeadSize,
    codeSize: trap.length,
    imageSize: size,
    memorySize: size,
    consoleKind: consoles.none.code,
    consoleBase: 0n,
    consoleBaud: 0,
    stepCount: 0,
    steps: none(fields.steps),
    profile: '',
    cpuFeatures: 0n,
    kernelEntry: 0n,
    kernelArgument: 0n,
    crashStart: 0n,
    crashSize: 0n,
    regionCount: 0,
    backupSize: 0,
    backupStart: 0n,
    regions: none(fields.regions),
    firmware: none(fields.firmware),
    firmwareDigest: none(fields.firmwareDigest),
  });
  const image = new Uint8Array(size);
  image.set(head);
  image.set(trap, purgatoryHeadSize);
  return image;
}
