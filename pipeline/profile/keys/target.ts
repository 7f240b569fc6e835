import { targetExamples, targetProblems, targetSchema } from '../../targets/targets.ts';
import { profileKey } from '../key.ts';

/** Each kind of target has a folder in pipeline/targets/. What is said here is settled in `targets`. */
export const target = profileKey('target', {
  schema: targetSchema.optional().meta({
    description: 'Where the dump is saved. Several places to try are a list, in `targets`.',
    defaultText: 'none: it or `targets` is required',
    examples: targetExamples,
  }),
  settle: (): undefined => undefined,
  problems: ['missing-key', ...targetProblems, 'keys-exclude-each-other'],
});
