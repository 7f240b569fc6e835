/** Profiles for tests: a sound one, and changes to it. */

/** The five keys that are enough. */
export const smallest = `name: web
kernel: { from: apt, package: linux-image-amd64 }
crashkernel: 256M
target: { kind: raw, device: PARTLABEL=crashdump }
`;

/** `smallest` with more lines. */
export const withLines = (...lines: readonly string[]): string =>
  `${smallest}${lines.join('\n')}\n`;
