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

On s390x a byte costs 41 instructions in plain C. With KIMD it costs next to none: two instructions for each part that the CPU takes at a time, which are 8 KiB in QEMU; 57,344 bytes more took 14 instructions more.
QEMU 7.2 knows KIMD for SHA-512 alone, so that this was counted with the function code of SHA-512; registers, parameter block and the way back are the same for SHA-256, and the first QEMU that knows it runs the test that waits for it (\`test/purgatory/kimd.test.ts\`). What a real CPU needs for a byte was not measured.
Counted by \`qemu-s390x -cpu max -singlestep -d exec,nochain\`: the trace has a line for each instruction, and what two sizes of the same input differ by is what the bytes cost.`;

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
