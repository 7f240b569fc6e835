/** What is in the file systems that dumps went to, and files of this machine for a guest. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import type { PanicMark, SystemGuest } from '../../pipeline/guest/system-guest.ts';
import type { InitramfsFile } from '../../pipeline/guest/system-initramfs.ts';

/** All that a guest said. */
export const consoleOf = ({ guest }: SystemGuest): string =>
  guest.console.lines.map(({ text }) => text).join('\n');

const stampForm = String.raw`\d{4}-\d\d-\d\d-\d\d[:-]\d\d[:-]\d\d`;

/** Of a folder with what was in the dump directory: one whole dump of this panic, in kdump-utils' layout. */
export function expectOneDump(folder: string, mark: PanicMark, modes = true): void {
  const names = readdirSync(folder);
  expect(names).toEqual([expect.stringMatching(new RegExp(`^${mark.hostName}-${stampForm}$`))]);
  const at = join(folder, names[0] ?? '');
  expect(readdirSync(at).sort()).toEqual(['report', 'vmcore-dmesg.txt', 'vmcore.flat']);
  if (modes)
    for (const file of readdirSync(at))
      expect([file, statSync(join(at, file)).mode & 0o777]).toEqual([file, 0o600]);
  expect(readFileSync(join(at, 'vmcore-dmesg.txt'), 'latin1')).toContain(mark.nonce);
  const vmcore = join(folder, 'vmcore');
  rearrange(join(at, 'vmcore.flat'), vmcore);
  expect(dmesgOf(vmcore)).toContain(mark.nonce);
}

/** Programs of this machine with their libraries, for a guest. */
export function programFiles(...programs: readonly string[]): readonly InitramfsFile[] {
  const paths = programs.flatMap((program) => [
    program,
    ...[...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(
      ([, path = '']) => path,
    ),
  ]);
  return [...new Set(paths)].map((path) => ({
    path: path.slice(1),
    mode: 0o755,
    content: { from: path },
  }));
}
