import type { CaptureChoices } from '../../arch/capture-choices.ts';
import type { Choice, ProfileRules } from '../../arch/profile-rules.ts';
import type { Problem } from '../../problem/problem.ts';
import { choice } from '../../schema/takes.ts';
import { asWritten, type Check, profileKey, type Written } from '../key.ts';
import { arch, existsOnArch, rulesOf } from './arch.ts';

export const backend = profileKey('backend', {
  schema: choice(['segments', 'file', 'auto']).default('segments').meta({
    description:
      '`segments`: `kexec_load(2)`, with every guarantee of the seal. `file`: `kexec_file_load(2)`, where lockdown allows nothing else; the kernel then brings its own purgatory. `auto`: segments, or file where the kernel forbids segments.',
  }),
  settle: asWritten<CaptureChoices['backend']>,
  checks: [existsOnArch('backend', (rules) => rules.backends)],
  problems: ['not-on-arch', 'needs-segments'],
});

const needsSegments = (
  { of, place }: Written,
  key: string,
  what: string,
  reason: string,
): Problem => ({
  area: 'profile',
  kind: 'needs-segments',
  place: place(key),
  what,
  backend: of(backend),
  backendPlace: place('backend'),
  reason,
});

/** That a backend can do what a key chooses of its architecture's words. */
export const doneBySegments = (
  key: string,
  words: (rules: ProfileRules) => Readonly<Record<string, Choice>>,
): Check<string | undefined> => ({
  with: [arch, backend],
  find: (value, written) => {
    const reason = words(rulesOf(written))[value ?? '']?.needsSegments;
    return reason === undefined || written.of(backend) === 'segments'
      ? []
      : [needsSegments(written, key, `${key}: ${value}`, reason)];
  },
});

/** That a key is not set to no effect where the kernel loads the image itself. */
export const withoutEffectByFile = (key: string, reason: string): Check<unknown> => ({
  with: [backend],
  find: (_value, written) =>
    written.of(backend) === 'file' && written.says(key)
      ? [needsSegments(written, key, key, reason)]
      : [],
});
