import {
  type DumpTarget,
  exampleTarget,
  settleTarget,
  type TargetInput,
  targetProblems,
  targetSchema,
} from '../../targets/targets.ts';
import { type Report, reportedBy } from '../at.ts';
import { profileKey, type Written } from '../key.ts';
import { showPath } from '../source-tree.ts';
import { arch, rulesOf } from './arch.ts';

/** Each kind of target has a folder in pipeline/targets/, with its schema, settling and checks. */
export const target = profileKey('target', {
  schema: targetSchema,
  settle: (input, written) => settled(input, written, () => {}),
  checks: [
    {
      with: [arch],
      find: (input, written) => reportedBy((report) => settled(input, written, report)),
    },
  ],
  problems: targetProblems,
  standIn: exampleTarget,
});

function settled(input: TargetInput, written: Written, report: Report): DumpTarget {
  const { of, place, says } = written;
  return settleTarget(input, {
    arch: of(arch),
    ccwDevices: rulesOf(written).ccwDevices,
    place: (...path) => place('target', ...path),
    says: (...path) => says('target', ...path),
    key: (...path) => showPath(['target', ...path]),
    report,
  });
}
