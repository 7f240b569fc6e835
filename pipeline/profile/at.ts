/** A place in a profile at which values are judged. */
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import type { ProfileProblem } from '../problem/profile-problem.ts';
import type { Written } from './key.ts';
import { type Path, showPath } from './source-tree.ts';

/** Tells what is wrong with a value. */
export type Report = (problem: ProfileProblem) => void;

/** Paths count from the place. */
export type At = {
  readonly report: Report;
  readonly place: (...path: Path) => SourcePlace;
  readonly key: (...path: Path) => string;
  /** A number with the digits that it is written with. */
  readonly number: (...path: Path) => string | undefined;
};

/** Nobody listens to {@link At.report} when a profile is settled: its checks have found nothing. */
export const atIn = (written: Written, base: Path, report: Report = () => {}): At => ({
  report,
  place: (...path) => written.place(...base, ...path),
  key: (...path) => showPath([...base, ...path]),
  number: (...path) => written.number(...base, ...path),
});

/** All that `look` reports. */
export function reportedBy(look: (report: Report) => void): readonly Problem[] {
  const problems: Problem[] = [];
  look((problem) => problems.push({ area: 'profile', ...problem }));
  return problems;
}
