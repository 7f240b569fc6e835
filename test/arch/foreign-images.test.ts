/**
 * The kernel image of every architecture given to every other: each is refused, and told for what it is. The same for
 * images of the other byte order, and where what would unpack a packed one is missing.
 */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type ArchName, architectureOf, archNames } from '../../pipeline/arch/arch.ts';
import type { RunFilter } from '../../pipeline/arch/architecture.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { makeArm64Image, makeZboot } from '../fixtures/arm64-image.ts';
import { makeVmlinux as makeIa64Vmlinux } from '../fixtures/ia64-machine.ts';
import { makePpc64Vmlinux } from '../fixtures/ppc64-vmlinux.ts';
import { makeRiscvImage } from '../fixtures/riscv64-image.ts';
import { makeS390xImage } from '../fixtures/s390x-image.ts';
import { makeBzImage, makeVmlinux, withSize } from '../fixtures/x86-64-image.ts';

const { run } = realHost();

const zstd = (bytes: Uint8Array): Uint8Array =>
  withSize(execFileSync('zstd', ['-cq'], { input: bytes }), bytes.length);
const vmlinux = makeVmlinux([{ paddr: 0x100_0000n, bytes: new Uint8Array(64), memsz: 0x2000n }]);

/** A sound one of each. */
const images: Readonly<Record<ArchName, Uint8Array>> = {
  x86_64: makeBzImage(zstd(vmlinux)),
  s390x: makeS390xImage(),
  arm64: makeArm64Image(),
  riscv64: makeRiscvImage(),
  ppc64le: makePpc64Vmlinux(),
  i386: makeBzImage(zstd(vmlinux), { xloadflags: 0, kernelAlignment: 0x100_0000 }),
  ia64: makeIa64Vmlinux(),
};

/** What becomes of an image in every form of the architecture: 'taken', or what is said of it, which must be the same. */
async function told(name: ArchName, image: Uint8Array, unpacks: RunFilter = run): Promise<string> {
  const arch = architectureOf(name);
  const said = new Set<string>();
  for (const form of Object.keys(arch.profile.kernelForms)) {
    const unpacked = await arch.unpackKernel(unpacks, image, form);
    const prepared = unpacked.ok ? arch.prepareKernel(image, form, unpacked.value) : unpacked;
    said.add(
      prepared.ok
        ? 'taken'
        : prepared.problems
            .map(explain)
            .map(({ message, notes, hint }) => [message, ...notes, hint].join(' | '))
            .join('\n'),
    );
  }
  expect(said.size, [...said].join('\n')).toBe(1);
  return [...said].join();
}

/** What an image is called where another is wanted. */
const names: Readonly<Record<ArchName, string>> = {
  x86_64: 'it looks like an x86 kernel',
  s390x: 'it looks like an s390x kernel',
  arm64: 'it looks like an arm64 kernel',
  riscv64: 'it looks like a riscv64 kernel',
  ppc64le: 'it looks like an ELF file for ppc64',
  i386: 'it looks like an x86 kernel',
  ia64: 'it looks like an ELF file for ia64',
};

/** Those of a wanted architecture that share its kind of file. */
const related: Readonly<Partial<Record<ArchName, Partial<Record<ArchName, string>>>>> = {
  x86_64: { i386: 'it has no 64-bit entry' },
  i386: { x86_64: 'the kernel is for x86_64 (64 bit), the profile for i386' },
  ppc64le: { ia64: 'the kernel is for ia64 (64 bit), the profile for ppc64' },
  ia64: { ppc64le: 'the kernel is for ppc64 (64 bit), the profile for ia64' },
};

test.each(archNames.flatMap((wanted) => archNames.map((given) => [wanted, given] as const)))(
  'for %s, an image for %s',
  async (wanted, given) => {
    const said = await told(wanted, images[given]);
    if (wanted === given) expect(said).toBe('taken');
    else expect(said).toContain(related[wanted]?.[given] ?? names[given]);
  },
);

test.each<[ArchName, Uint8Array]>([
  ['arm64', makeArm64Image({ flags: 0xbn })],
  ['riscv64', makeRiscvImage({ flags: 1n })],
  ['ppc64le', makePpc64Vmlinux({ order: 'big' })],
  ['ia64', makeIa64Vmlinux({ order: 'big' })],
])('a big-endian image for %s is told as one', async (name, image) => {
  expect(await told(name, image)).toContain('big-endian');
});

/** On a build machine that has none of the programs. */
const nothingInstalled: RunFilter = (command, args, options) =>
  run(`/nowhere/${command}`, args, options);

test.each<[ArchName, Uint8Array]>([
  ['arm64', makeZboot(zstd(images.arm64), 'zstd')],
  ['riscv64', makeZboot(zstd(images.riscv64), 'zstd')],
])('a packed image for %s names the program that would unpack it', async (name, image) => {
  expect(await told(name, image)).toBe('taken');
  expect(await told(name, image, nothingInstalled)).toMatch(/zstd/);
});

test('a vmlinux in a bzImage likewise, where it is unpacked at build time', async () => {
  const { unpackKernel } = architectureOf('x86_64');
  expect((await unpackKernel(run, images.x86_64, 'direct')).ok).toBe(true);
  const without = await unpackKernel(nothingInstalled, images.x86_64, 'direct');
  expect(without.ok ? '' : without.problems.map(explain).map(({ message }) => message)).toEqual([
    expect.stringContaining('zstd'),
  ]);
});

test.each<ArchName>(['arm64', 'riscv64', 'ia64'])(
  'gzip needs no program: an image for %s is taken with nothing installed',
  async (name) => {
    expect(await told(name, gzipSync(images[name]), nothingInstalled)).toBe('taken');
  },
);
