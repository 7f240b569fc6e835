/**
 * Commands for CP, the control program of z/VM, in the page of a step `vmcmd`. Purgatory makes EBCDIC of them and
 * gives them by DIAG 8 all at once, as Linux does (cpcmd.c).
 */
import { decode, encode, layout, text } from './layout.ts';

/** What DIAG 8 takes, with the line ends between commands. */
export const commandBytesMaximum = 240;
/** What s390-tools' dumpconf has settings for: VMCMD_1 to VMCMD_8. */
export const commandsMaximum = 8;

export const vmcmd = layout('vmcmd', commandBytesMaximum + 1, 'Commands for CP of z/VM', {
  commands: text(0x00, commandBytesMaximum + 1, 'printable ASCII, a line for each command'),
});

/** What a line may hold. */
export const commandPattern = /^[ -~]+$/;

/** None: the loader fills them in. */
export const encodeCommands = (commands: readonly string[]): Uint8Array<ArrayBuffer> =>
  encode(vmcmd, { commands: commands.join('\n') });

/** Reads what {@link encodeCommands} writes, from the start of a page; undefined for anything else. */
export function decodeCommands(page: Uint8Array): readonly string[] | undefined {
  const read = page.length < vmcmd.size ? undefined : decode(vmcmd, page.subarray(0, vmcmd.size));
  if (read?.ok !== true || page.subarray(vmcmd.size).some((byte) => byte !== 0)) return undefined;
  const { commands } = read.value;
  if (commands === '') return [];
  const lines = commands.split('\n');
  return lines.every((line) => commandPattern.test(line)) ? lines : undefined;
}
