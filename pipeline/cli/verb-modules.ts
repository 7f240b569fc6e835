/** The code of each verb, loaded when it is asked for, so that `--help` stays quick. */
import type { VerbModule } from './verb.ts';
import type { OptionsOf, VerbName } from './verbs.ts';

export const verbModules: {
  readonly [N in VerbName]: () => Promise<VerbModule<OptionsOf<N>>>;
} = {
  init: () => import('./verbs/init.ts'),
  build: () => import('./verbs/build.ts'),
  inspect: () => import('./verbs/inspect.ts'),
  verify: () => import('./verbs/verify.ts'),
  diff: () => import('./verbs/diff.ts'),
  resign: () => import('./verbs/resign.ts'),
  revoke: () => import('./verbs/revoke.ts'),
  plan: () => import('./verbs/plan.ts'),
  'test-crash': () => import('./verbs/test-crash.ts'),
  estimate: () => import('./verbs/estimate.ts'),
  sbom: () => import('./verbs/sbom.ts'),
  push: () => import('./verbs/push.ts'),
  pull: () => import('./verbs/pull.ts'),
  promote: () => import('./verbs/promote.ts'),
  prune: () => import('./verbs/prune.ts'),
  list: () => import('./verbs/list.ts'),
  savecore: () => import('./verbs/savecore.ts'),
  keygen: () => import('./verbs/keygen.ts'),
  doctor: () => import('./verbs/doctor.ts'),
  'fleet status': () => import('./verbs/fleet-status.ts'),
  'fleet gate': () => import('./verbs/fleet-gate.ts'),
  clean: () => import('./verbs/clean.ts'),
  completion: () => import('./verbs/completion.ts'),
};
