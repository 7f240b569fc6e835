/** The capture kernel's command line: what is inherited, cleaned; our defaults; the console; what is appended. */
import type { CommandLineFacts } from '../arch/architecture.ts';
import { isOf, nameOf, removes, splitWords } from '../arch/command-line-words.ts';
import type { KernelForm } from '../arch/profile-rules.ts';
import type { Problem } from '../problem/problem.ts';
import { type Result, unlessProblems } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';

export type CommandLineRequest = {
  readonly profile: Profile;
  readonly facts: CommandLineFacts;
  /** Without which the kernel, in its form, must not start. */
  readonly needsWord: KernelForm['needsWord'];
  /** Characters the kernel takes, without the NUL. */
  readonly maximum: number;
  /** What the loader appends, at its longest. */
  readonly reserved: readonly { readonly what: string; readonly size: number }[];
};

/**
 * init/do_mounts.c: else the files of the initramfs lie in a tmpfs, which takes half of the memory at most and has the
 * capture kernel fail where there is little. Another's initramfs may take the word for one to itself.
 */
const ofComposedInitramfs = ['rootfstype=ramfs'];

/** Words a line may have more than one of, each meaning something. */
const repeatable = new Set(['console', 'earlycon', 'earlyprintk', 'dyndbg', 'initcall_blacklist']);

export function buildCommandLine(request: CommandLineRequest): Result<string> {
  const { profile, facts } = request;
  const rules = profile.commandLine;
  const problems: Problem[] = [];
  const inherited = splitWords(rules.inherit ?? '');
  if (inherited === undefined)
    problems.push({
      area: 'component',
      kind: 'command-line-open-quote',
      text: rules.inherit ?? '',
    });

  const removed = (word: string): boolean => rules.remove.some((rule) => removes(rule, word));
  const replaced = (by: readonly string[], word: string): boolean =>
    !repeatable.has(nameOf(word)) && by.some((other) => nameOf(other) === nameOf(word));
  const standard = [
    ...facts.defaults,
    ...(profile.initramfs.kind === 'composed' ? ofComposedInitramfs : []),
  ];
  const consoles = facts.consoleWords(profile.console);
  const defaults = standard.filter((word) => !removed(word) && !replaced(rules.append, word));
  const kept = (inherited ?? []).filter(
    (word) =>
      !removed(word) &&
      !facts.neverInherited.some((family) => isOf(family, word)) &&
      !replaced([...standard, ...rules.append], word),
  );
  // The last console= becomes /dev/console, so that the profile's own comes after inherited ones.
  const words = [...kept, ...defaults, ...consoles, ...rules.append];
  const line = words.filter((word, at) => words.lastIndexOf(word) === at).join(' ');

  for (const word of rules.append) {
    if (splitWords(word) === undefined)
      problems.push({ area: 'component', kind: 'command-line-open-quote', text: word });
  }
  for (const word of words) {
    const bad = Array.from(word).find((char) => char < ' ' || char > '~');
    if (bad !== undefined)
      problems.push({
        area: 'component',
        kind: 'command-line-character',
        word,
        code: bad.codePointAt(0) ?? 0,
      });
  }
  const { needsWord } = request;
  if (needsWord !== undefined && !words.includes(needsWord.word))
    problems.push({
      area: 'component',
      kind: 'kernel-form-needs-word',
      profile: profile.name,
      form: profile.kernelForm,
      ...needsWord,
    });
  const room = request.maximum - request.reserved.reduce((sum, { size }) => sum + size, 0);
  if (line.length > room)
    problems.push({
      area: 'component',
      kind: 'command-line-too-long',
      length: line.length,
      room,
      maximum: request.maximum,
      reserved: request.reserved,
    });
  return unlessProblems(problems, () => line);
}
