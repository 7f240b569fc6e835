/**
 * The first page of a purgatory image: what it is told. The code starts on the next page.
 * Two parts, with a digest each: the static part (policy, console) is fixed and digested at build time,
 * the live part (addresses, regions) is filled by the loader, which then writes its digest.
 * A corrupted live part is thus reported by an intact policy, on the intact console.
 * Little-endian on every architecture.
 */
import { codeTable } from './code-table.ts';
import { bytes, type LayoutValue, layout, text, u32, u64 } from './layout.ts';

export const purgatoryMagic = new TextEncoder().encode('CSPURGAT');
export const purgatoryVersion = 2;
export const purgatoryStaticStart = 0x48;
export const purgatoryLiveStart = 0x300;
export const purgatoryHeadSize = 0x1000;
export const purgatoryMaxSteps = 8;
export const purgatoryMaxRegions = 16;

export const purgatoryHead = layout(
  'purgatory_head',
  0x1000,
  'First page of the purgatory segment',
  {
    magic: bytes(0x000, 8, '"CSPURGAT"'),
    staticDigest: bytes(0x008, 32, 'SHA-256 of [0x48, 0x300); fixed at build time'),
    liveDigest: bytes(0x028, 32, 'SHA-256 of [0x300, 0x1000); written by the loader, last'),
    version: u32(0x048, '2'),
    machine: u32(0x04c, 'e_machine (ELF)'),
    entryOffset: u32(0x050, 'entry point, from the start of the image'),
    codeOffset: u32(0x054, 'start of code and constants: 0x1000'),
    codeSize: u32(0x058, 'bytes of code and constants'),
    imageSize: u32(0x05c, 'bytes of the image (bufsz)'),
    memorySize: u32(0x060, 'bytes it occupies with stack and zeroed data (memsz)'),
    consoleKind: u32(0x064, 'table "consoles"'),
    consoleBase: u64(0x068, 'I/O port or physical address'),
    consoleBaud: u32(0x070, '0 = leave the line as it is'),
    stepCount: u32(0x074, 'entries in the on-corruption policy'),
    steps: bytes(0x078, 0x100, '8 × purgatory_step'),
    profile: text(0x178, 64, 'name of the profile, for messages'),
    cpuFeatures: u64(0x300, 'table "CPU features"; chosen by the loader'),
    kernelEntry: u64(0x308, "physical address of the capture kernel's entry"),
    kernelArgument: u64(
      0x310,
      'boot parameters (x86_64, i386, ia64), device tree (arm64, riscv64, ppc64le)',
    ),
    crashStart: u64(0x318, 'crash region'),
    crashSize: u64(0x320, 'its size'),
    regionCount: u32(0x328, 'entries used'),
    backupSize: u32(
      0x32c,
      'bytes from physical address 0 that are copied before the capture kernel is entered (ppc64le); 0 = none',
    ),
    backupStart: u64(0x330, 'where they are copied to'),
    regions: bytes(0x340, 0x600, '16 × purgatory_region'),
    firmware: bytes(0x940, 0x20, 'purgatory_firmware'),
    firmwareDigest: bytes(
      0x960,
      32,
      'SHA-256 of it, so that it serves the policy when the rest of the live part is corrupt',
    ),
  },
);

export const purgatoryStep = layout(
  'purgatory_step',
  0x20,
  'One step of the on-corruption policy',
  {
    kind: u32(0x00, 'table "policy steps"'),
    flags: u32(0x04, 'table "step flags"'),
    arg0: u64(0x08, 'as the step says'),
    arg1: u64(0x10, 'as the step says'),
    arg2: u64(0x18, 'as the step says'),
  },
);

export const purgatoryRegion = layout(
  'purgatory_region',
  0x60,
  'One region that is checked after the panic',
  {
    name: text(0x00, 24, 'for the message'),
    flags: u32(0x18, 'table "region flags"'),
    start: u64(0x20, 'physical address; written by the loader'),
    size: u64(0x28, 'bytes'),
    digest: bytes(
      0x30,
      32,
      'digest by parts; fixed at build time unless the region holds live values',
    ),
  },
);

export const purgatoryFirmware = layout(
  'purgatory_firmware',
  0x20,
  'The firmware of the machine, which purgatory asks for a reset; written by the loader',
  {
    kind: u32(0x00, 'table "firmware kinds"'),
    token: u32(0x04, 'its number for a reset, where it has one'),
    base: u64(0x08, 'its data'),
    entry: u64(0x10, 'its entry point'),
  },
);

export const firmwareKinds = codeTable({
  none: { code: 0, doc: 'none that is known' },
  rtas: { code: 1, doc: 'run-time abstraction services (ppc64le, on a hypervisor)' },
  opal: { code: 2, doc: 'OPAL (ppc64le, without one)' },
});

export type PurgatoryHead = LayoutValue<typeof purgatoryHead>;
export type PurgatoryStep = LayoutValue<typeof purgatoryStep>;
export type PurgatoryRegion = LayoutValue<typeof purgatoryRegion>;

export const consoles = codeTable({
  none: { code: 0, doc: 'no console' },
  portUart: { code: 1, doc: '16550 at an I/O port (x86)' },
  sclp: { code: 2, doc: 'operator console by SCLP (s390x)' },
  memoryUart: { code: 3, doc: '16550 in memory, registers of a byte next to each other' },
  memoryUart32: { code: 4, doc: '16550 in memory, registers of 32 bits next to each other' },
  pl011: { code: 5, doc: 'PL011 or SBSA UART in memory (arm64)' },
  sbi: { code: 6, doc: "the firmware's console, by SBI (riscv64)" },
  hvc: { code: 7, doc: 'console by a call to the hypervisor or to OPAL (ppc64le)' },
});

/** Bits of arg2 of a step `ipl`. */
export const iplFlags = codeTable({
  testing: { code: 1, doc: 'testing, DIAG 308 subcode 3 where subcode 4 is not there' },
  thenReipl: { code: 2, doc: 'the dump tool learns where to IPL from when it is done' },
});

export const policySteps = codeTable({
  message: { code: 1, doc: 'say which region, expected and found digest, on the console' },
  pvpanic: { code: 2, doc: 'write 1 to I/O port arg0 (0x505): the hypervisor learns of it (x86)' },
  reset: { code: 3, doc: 'reset the machine; final' },
  halt: { code: 4, doc: 'stop this CPU with interrupts off; final' },
  return: {
    code: 5,
    doc: 'give the check call a nonzero answer: the old kernel runs its own on_panic action (s390x); final',
  },
  ipl: {
    code: 6,
    doc: `IPL from the IPL parameter block in region arg0 after arg1 seconds (s390x); arg2 bit 0: ${iplFlags.testing.doc}; bit 1: ${iplFlags.thenReipl.doc}; final where it works`,
  },
  wait: {
    code: 7,
    doc: 'load a disabled wait PSW with address arg0, or where that is 0 the wait code of what is wrong (s390x); final',
  },
  vmcmd: {
    code: 8,
    doc: 'give the commands in region arg0 to CP of z/VM by DIAG 8 (s390x); passed over where there is no z/VM',
  },
});

/** Steps whose arg0 is the index of the region that they need. */
export const stepsWithRegion: readonly (keyof typeof policySteps)[] = ['ipl', 'vmcmd'];

export const stepFlags = codeTable({
  notInCheckCall: {
    code: 1,
    doc: 's390x: left out when the old kernel asks whether the image is good',
  },
  notInStartCall: { code: 2, doc: 's390x: left out when the old kernel has handed over' },
});

export const regionFlags = codeTable({
  live: { code: 1, doc: 'the digest was taken by the loader, not on the build machine' },
  policy: {
    code: 2,
    doc: 'only a policy step needs it: checked when that step is reached, not before the capture kernel is entered',
  },
  rewritten: {
    code: 0x100,
    doc: 'the running kernel rewrites it on hot-plug: not checked. It is a separate byte, which the loader sets',
  },
});

export const cpuFeatures = codeTable({
  x86Sha: { code: 1, doc: 'x86_64: SHA instructions with SSSE3 and SSE4.1' },
  s390xKimd: { code: 2, doc: 's390x: message-security assist (MSA), for KIMD with SHA-256' },
  arm64Sha2: { code: 4, doc: 'arm64: SHA-256 instructions' },
  riscv64Zknh: { code: 8, doc: 'riscv64: SHA-256 instructions of Zknh' },
  riscv64Zbb: { code: 16, doc: 'riscv64: rotation in one instruction, Zbb' },
  arm64PsciHvc: { code: 32, doc: 'arm64: the firmware (PSCI) is called by HVC' },
  arm64PsciSmc: { code: 64, doc: 'arm64: the firmware (PSCI) is called by SMC' },
  x86Sse2: { code: 128, doc: 'x86_64, i386: vectors of four words, SSE2' },
  x86Avx2: { code: 256, doc: 'x86_64, i386: vectors of eight words, AVX2' },
  arm64Asimd: { code: 512, doc: 'arm64: vectors of four words, Advanced SIMD' },
  ppc64leIsa207: {
    code: 1024,
    doc: 'ppc64le: vectors of four words, with Power ISA 2.07 (POWER8)',
  },
});

/**
 * Addresses of disabled wait PSWs: on s390x the one word that reaches the operator for certain.
 * None ends in 0xfff, which hypervisors take for a quiesce, and none is of the 0x45xx and 0x46xx of stand-alone dumpers.
 */
export const waitCodes = codeTable({
  headStatic: { code: 0xc501, doc: 'policy and console in the first page are corrupt' },
  headLive: { code: 0xc502, doc: 'addresses and regions in the first page are corrupt' },
  headValue: { code: 0xc503, doc: 'addresses or regions in the first page make no sense' },
  machineCheck: { code: 0xc504, doc: 'a machine check in purgatory' },
  iplBlockRefused: { code: 0xc505, doc: 'DIAG 308 did not take the IPL parameter block' },
  iplBusy: { code: 0xc506, doc: 'DIAG 308 took the block, but stayed busy with another dump' },
  iplFailed: { code: 0xc507, doc: 'DIAG 308 took the block, but the IPL did not happen' },
  iplDeviceMissing: {
    code: 0xc508,
    doc: 'DIAG 308 took the block, but the machine has no device of its number',
  },
  regionBad: { code: 0xc510, doc: 'plus its index: a region is corrupt' },
  iplBlockBad: { code: 0xc520, doc: 'plus its index: the region with the IPL block is corrupt' },
  programCheck: { code: 0xc580, doc: 'plus its interruption code: a program check in purgatory' },
});
