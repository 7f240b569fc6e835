/** A small bundle with every live value of a real x86_64 one, signed by a key of the test. */
import { createHash } from 'node:crypto';
import { elf64Header, elfMagic, elfType } from '../../pipeline/format/elf.ts';
import { encode } from '../../pipeline/format/layout.ts';
import {
  purgatoryHead,
  purgatoryLiveStart,
  purgatoryRegion,
} from '../../pipeline/format/purgatory-layout.ts';
import { type BundleMember, type MemberName, packBundle } from '../../pipeline/seal/archive.ts';
import {
  encodeSeal,
  type Seal,
  type SealedLive,
  type SealedSegment,
} from '../../pipeline/seal/seal-codec.ts';
import { signDetached } from '../../pipeline/sign/sign.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { must, now, type TestKeys } from '../sign/fixtures.ts';

const page = 4096n;
const maxCpus = 4;
const maxRanges = 8;
export const commandLine = 'console=ttyS0 nr_cpus=1';

const pattern = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, index) => (index * 31 + seed * 7) & 0xff);

export const elfTemplate = (
  machine = 62,
  order: 'little' | 'big' = 'little',
  slots = maxCpus + maxRanges + 2,
): Uint8Array => {
  const bytes = new Uint8Array(64 + 56 * slots);
  bytes.set(
    encode(
      elf64Header,
      {
        magic: elfMagic,
        class: 2,
        data: order === 'little' ? 1 : 2,
        identVersion: 1,
        osabi: 0,
        abiVersion: 0,
        pad: new Uint8Array(7),
        type: elfType.core,
        machine,
        version: 1,
        entry: 0n,
        phoff: 64n,
        shoff: 0n,
        flags: 0,
        ehsize: 64,
        phentsize: 56,
        phnum: 0,
        shentsize: 0,
        shnum: 0,
        shstrndx: 0,
      },
      order,
    ),
  );
  return bytes;
};

function bootParamsPage(): Uint8Array {
  const bytes = new Uint8Array(4096 + 2048);
  bytes.set(new TextEncoder().encode(commandLine), 4096);
  return bytes;
}

export const memberBytes: readonly BundleMember[] = [
  { name: 'manifest.json', bytes: new TextEncoder().encode('{}\n') },
  { name: 'kernel', bytes: pattern(300_000, 1) },
  { name: 'initramfs.base', bytes: pattern(70_001, 2) },
  { name: 'initramfs.overlay', bytes: pattern(512, 3) },
  { name: 'elfcorehdr', bytes: elfTemplate() },
  { name: 'purgatory', bytes: pattern(0x1800, 4).fill(0, 0, 0x1000) },
  { name: 'boot_params', bytes: bootParamsPage() },
];

const live = (
  value: Pick<SealedLive, 'source' | 'form' | 'segment' | 'offset' | 'size'> & Partial<SealedLive>,
): SealedLive => ({
  width: 0,
  about: 0,
  addend: 0n,
  arg0: 0n,
  arg1: 0n,
  text: '',
  words: '',
  ...value,
});

const number = (
  source: SealedLive['source'],
  segment: number,
  offset: number,
  width: 1 | 2 | 4 | 8,
  rest: Partial<SealedLive> = {},
): SealedLive =>
  live({
    source,
    form: 'little',
    width,
    segment,
    offset: BigInt(offset),
    size: BigInt(width),
    ...rest,
  });

/** Index in the table of segments. */
export const at = {
  kernel: 0,
  base: 1,
  overlay: 2,
  bootParams: 3,
  elfcorehdr: 4,
  purgatory: 5,
} as const;

const regionAt = (index: number): number =>
  purgatoryHead.fields.regions.offset + index * purgatoryRegion.size;
const sizeOf = (name: MemberName): bigint =>
  BigInt(memberBytes.find((member) => member.name === name)?.bytes.length ?? 0);
const commandLinePlace = { segment: at.bootParams, offset: page, size: 2048n } as const;

const sampleLive: readonly SealedLive[] = [
  number('segmentAddress', at.bootParams, 0x218, 4, { about: at.base }),
  number('segmentAddress', at.bootParams, 0xc0, 4, { about: at.base, arg0: 32n }),
  number('segmentAddress', at.bootParams, 0x228, 4, { about: at.bootParams, addend: page }),
  number('acpiRsdp', at.bootParams, 0x70, 8),
  number('cpuFeatures', at.purgatory, 0x300, 8, { arg1: (1n << 64n) - 1n }),
  number('segmentAddress', at.purgatory, 0x308, 8, { about: at.kernel, addend: 0x200n }),
  number('segmentAddress', at.purgatory, 0x310, 8, { about: at.bootParams }),
  number('crashStart', at.purgatory, 0x318, 8),
  number('crashSize', at.purgatory, 0x320, 8),
  number('segmentAddress', at.purgatory, regionAt(0) + 0x20, 8, { about: at.bootParams }),
  live({
    source: 'fileBytes',
    form: 'own',
    segment: at.bootParams,
    offset: 0x1ecn,
    size: 1n,
    arg0: 0x1ecn,
    text: 'sys/kernel/boot_params/data',
  }),
  live({
    source: 'elfcorehdr',
    form: 'own',
    segment: at.elfcorehdr,
    offset: 0n,
    size: sizeOf('elfcorehdr'),
  }),
  live({
    source: 'e820',
    form: 'own',
    segment: at.bootParams,
    about: at.elfcorehdr,
    offset: 0x2d0n,
    size: 2560n,
    arg0: 0x1e8n,
  }),
  live({
    source: 'segmentAddress',
    form: 'textHex',
    about: at.elfcorehdr,
    ...commandLinePlace,
    words: ' elfcorehdr=0x',
  }),
  live({
    source: 'digest',
    form: 'own',
    segment: at.purgatory,
    about: at.bootParams,
    offset: BigInt(regionAt(0) + 0x30),
    size: 32n,
    arg0: 0n,
    arg1: sizeOf('boot_params'),
  }),
  live({
    source: 'digest',
    form: 'own',
    segment: at.purgatory,
    about: at.elfcorehdr,
    offset: BigInt(regionAt(1) + 0x30),
    size: 32n,
    arg0: 0n,
    arg1: sizeOf('elfcorehdr'),
  }),
  live({
    source: 'digest',
    form: 'own',
    segment: at.purgatory,
    about: at.purgatory,
    offset: 0x28n,
    size: 32n,
    arg0: BigInt(purgatoryLiveStart),
    arg1: 0x1000n - BigInt(purgatoryLiveStart),
  }),
];

/** `memmap=` words instead of, or beside, the e820 table. */
export const memmapLive = live({
  source: 'memmap',
  form: 'own',
  about: at.elfcorehdr,
  ...commandLinePlace,
});
export { commandLinePlace, live as sealedLive, number as sealedNumber, sampleLive };

const segment = (
  name: MemberName,
  kind: SealedSegment['kind'],
  group: number,
  place: bigint,
  memsz: bigint,
  align = page,
): SealedSegment => ({
  name,
  kind,
  group,
  member: memberBytes.findIndex((member) => member.name === name),
  bufOffset: 0n,
  bufsz: sizeOf(name),
  memsz,
  align,
  place,
  minAddress: kind === 'kernel' ? 0x100_0000n : 0n,
  flags: [],
});

export const sampleSeal: Seal = {
  profile: 'sample',
  release: '6.12.0-capture',
  buildId: undefined,
  machine: 62,
  byteOrder: 'little',
  backend: 'segments',
  flags: [],
  epoch: 3n,
  notBefore: now - 1000,
  notAfter: now + 100_000,
  crashSize: 0x400_0000n,
  maxCpus,
  maxRanges,
  entry: { segment: at.purgatory, offset: 0x1000n },
  commandLine,
  members: memberBytes.map(({ name, bytes }) => ({
    name,
    size: BigInt(bytes.length),
    digest: digestOf(createHash('sha256').update(bytes).digest()),
  })),
  segments: [
    segment('kernel', 'kernel', 0, 0x20_0000n, 0x20_0000n, 0x20_0000n),
    segment('initramfs.base', 'initramfs', 1, 0x40_0000n, 0x1_2000n),
    segment('initramfs.overlay', 'initramfs', 1, 0x41_2000n, 0x1000n),
    segment('boot_params', 'bootParams', 2, 0x1f_e000n, 0x2000n),
    segment('elfcorehdr', 'elfcorehdr', 3, 0x1f_d000n, 0x1000n),
    segment('purgatory', 'purgatory', 4, 0x1f_8000n, 0x4000n),
  ],
  live: sampleLive,
  match: [{ kind: 'prefix', path: 'sys/class/dmi/id/sys_vendor', value: 'Sample' }],
};

/** The archive; `members` in the archive need not be those of the seal. */
export async function signedBundle(
  keys: TestKeys,
  seal: Seal | Uint8Array = sampleSeal,
  members: readonly BundleMember[] = memberBytes,
): Promise<Uint8Array> {
  const bytes = seal instanceof Uint8Array ? seal : encodeSeal(seal);
  return packBundle([
    { name: 'seal.bin', bytes },
    { name: 'seal.p7s', bytes: must(await signDetached(bytes, keys.signer, now)) },
    ...members,
  ]);
}
