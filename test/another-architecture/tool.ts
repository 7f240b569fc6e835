/** What the test asks of the tool, as the copy of it is bundled. */
import { build } from '../../pipeline/batch/batch.ts';
import { guessClass } from '../../pipeline/cli/machine-class.ts';
import { machineClasses } from '../../pipeline/cli/machine-classes.ts';
import { starterProfile } from '../../pipeline/cli/starter-profile.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { parseProfileFiles } from '../../pipeline/profile/profile.ts';
import { profileDocParts } from '../../pipeline/profile/reference.ts';
import { openBundle, sealOf } from '../../pipeline/seal/bundle.ts';

export const tool = {
  build,
  guessClass,
  machineClasses,
  starterProfile,
  memoryHost,
  explain,
  parseProfileFiles,
  profileDocParts,
  openBundle,
  sealOf,
};
