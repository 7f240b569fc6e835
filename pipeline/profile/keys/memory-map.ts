import { type MemoryMap, memoryMaps } from '../../arch/arch.ts';
import { firstOnEach, meanings } from '../../arch/in-words.ts';
import { choice } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { existsOnArch, firstOf, rulesOf, wordsOf } from './arch.ts';
import { doneBySegments } from './backend.ts';

/** How the capture kernel learns which memory it may use. */
export const memoryMap = profileKey('memoryMap', {
  schema: choice(memoryMaps)
    .optional()
    .meta({
      description: `How the capture kernel learns which memory it may use. ${meanings((rules) => rules.memoryMaps)}`,
      defaultText: firstOnEach((rules) => rules.memoryMaps),
      examples: ['memmap'],
    }),
  settle: (asked, written) => firstOf(asked, wordsOf<MemoryMap>(rulesOf(written).memoryMaps)),
  checks: [
    existsOnArch('memoryMap', (rules) => wordsOf(rules.memoryMaps)),
    doneBySegments('memoryMap', (rules) => rules.memoryMaps),
  ],
  problems: ['not-on-arch', 'needs-segments'],
});
