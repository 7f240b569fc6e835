/** docs/performance.md: a heading for each section of the benchmark; a run replaces those that it measured. */

export type Part = { readonly title: string; readonly text: string };

const introduction = `# Performance

\`make bench\` measures and writes this page; \`make bench ONLY=load,build\` measures some of it anew.
The peer is what Debian ships for the same work: kexec-tools, mkinitramfs or dracut.
Where a figure was taken several times, it is the median, with the least and the most in parentheses.
A ratio is ours divided by the peer's; "worse" marks where the peer is better.

Guests run in QEMU without hardware virtualisation: their times say little about a real machine, and those of a busy host still less.
Instructions are counted by QEMU and do not depend on the host: ppc64le's load with Linux 6.1 was measured twice, at a load of the host of 6 and of 9, and took 1.815 G both times, but 0.6 s and 2.2 s.

What a load's instructions are spent on, counted by block for riscv64's \`crashseal-load --check\` on a bundle of 37.3 MB, in plain C: of 2.198 G, SHA-256 takes 2.177 G (99 %), over every byte of the bundle once; the signatures take 0.6 %.
There a byte costs 62 instructions in plain C, 40 with Zbb and 26 with Zknh. The peer digests nothing when it loads.

Where a CPU has SHA instructions, digests are no longer the most of it: on x86_64 (QEMU 10, a bundle of 43 MB, kernel direct) reading and verifying takes 0.296 G instructions, arming 0.060 G. After that the loader keeps a copy of the bundle as the last good one, at the first load 0.185 G in memory, and compares the two at each later one, 0.155 G. Reading alone is 0.05 to 0.1 G, in which QEMU counts each byte that the kernel clears or copies.

In time, a load without SHA instructions is slower than the peer's where the kernel is entered directly, though it takes a quarter of the peer's instructions. What sets it is the emulator: QEMU makes a call of a function of most vector instructions, so that AVX2 digests 71 MB/s there and 1,095 on the CPU itself (plain C: 42 and 213; \`out/native/host/bench-sha256\`, and the same by \`qemu-x86_64 -cpu max\`, busy host). And the whole unpacked kernel is digested, where the peer digests the packed one.

On s390x a byte costs 41 instructions in plain C. With KIMD it costs next to none: two instructions for each part that the CPU takes at a time, which are 8 KiB in QEMU; 57,344 bytes more took 14 instructions more.
QEMU 7.2 knows KIMD for SHA-512 alone, so that this was counted with the function code of SHA-512; registers, parameter block and the way back are the same for SHA-256, and the first QEMU that knows it runs the test that waits for it (\`test/purgatory/kimd.test.ts\`). What a real CPU needs for a byte was not measured.
Counted by \`qemu-s390x -cpu max -singlestep -d exec,nochain\`: the trace has a line for each instruction, and what two sizes of the same input differ by is what the bytes cost.

What a build takes in CPU time, user and system, with the programs that it runs (2026-11-29, Linux 6.1 of Debian 12, median of 5, AMD EPYC with 2 CPUs at a load of 10, where \`node -e 0\` takes 0.06 s):

| build | CPU time | aim | of it |
| --- | ---: | ---: | --- |
| warm, one profile, packages that are pinned | 0.24 s | 0.25 | loading the code 0.1 s |
| warm, one profile that names folders, a virtio disk | 0.37 s | 0.25 | what is read in the folders is digested again, and depmod's indexes are read |
| the same, all storage | 0.82 s |  | 256 modules of 41 MB are read and digested |
| warm, twelve profiles, pinned; from folders | 0.32 s; 0.46 s | 2 |  |
| cold, a virtio disk, compressed | 0.74 s | 0.3 | \`zstd -9\` 0.10 s, digests 0.05 s, loading the code 0.1 s |
| the same, direct | 1.72 s |  | \`xz -d\` of the kernel 0.66 s |
| cold, all storage, compressed | 2.15 s | 0.6 | \`zstd -9\` of 47 MB 0.84 s |
| the same, direct | 3.42 s |  | both |
| \`--help\`, beyond node's own start | 0.034 s | 0.04 |  |
| \`inspect\`; \`verify\`, a bundle of 38 MB | 0.20 s; 0.25 s |  | two digests of every byte 0.07 s |

Aims are for the time on an idle host, of which two CPUs take a part each: packing, in four threads, goes on beside unpacking the kernel.
With all storage, a build from nothing cannot come to 0.6 s of CPU time while the initramfs is packed with \`zstd -9\`: that alone takes more. A lower level is quicker, and what is packed larger takes more of the crash region.`;

const headed = ({ title, text }: Part): string => `## ${title}\n\n${text}\n`;

function partsOf(document: string): readonly Part[] {
  return document
    .split(/^## /m)
    .slice(1)
    .map((part): Part => {
      const end = part.indexOf('\n');
      return { title: part.slice(0, end), text: part.slice(end).trim() };
    });
}

/** The document with these parts, in the order of `titles`; what is not measured now stays as it is. */
export function updated(
  document: string,
  measured: readonly Part[],
  titles: readonly string[],
): string {
  const known = [...partsOf(document), ...measured];
  const parts = titles.flatMap((title) => known.findLast((part) => part.title === title) ?? []);
  return [`${introduction}\n`, ...parts.map(headed)].join('\n');
}
