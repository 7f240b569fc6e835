/** Profiles for tests: a sound one, changes to it, and what becomes of them. */
import type { Problem } from '../../pipeline/problem/problem.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';

/** The five keys that are enough. */
export const smallest = `name: web
kernel: { from: apt, package: linux-image-amd64 }
crashkernel: 256M
target: { kind: raw, device: PARTLABEL=crashdump }
`;

/** {@link smallest} with more lines; a line of a key that it has replaces that key. */
export function withLines(...lines: readonly string[]): string {
  const said = new Set(lines.map((line) => line.split(':')[0]));
  const kept = smallest.split('\n').filter((line) => line !== '' && !said.has(line.split(':')[0]));
  return `${[...kept, ...lines].join('\n')}\n`;
}

/** A raw target on this device; the name stands in line 6 from column 11. */
export const withDevice = (device: string): string =>
  withLines(`target:\n  kind: raw\n  device: ${JSON.stringify(device)}`);

/** What the profile with these lines means. */
export function settled(...lines: readonly string[]): Profile {
  const result = parseProfileText('web.yaml', withLines(...lines));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

/** What is wrong with the profile with these lines. */
export function problemsWith(...lines: readonly string[]): readonly Problem[] {
  const result = parseProfileText('web.yaml', withLines(...lines));
  return result.ok ? [] : result.problems;
}

export const kindsWith = (...lines: readonly string[]): readonly string[] =>
  problemsWith(...lines).map(({ kind }) => kind);
