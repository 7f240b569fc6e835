/** A profile's values as they were written, with their places. */
import type { SourcePlace } from '../problem/explanation.ts';
import { type ArchRules, archRules } from './arch/arch-rules.ts';
import type { ProfileInput } from './schema.ts';
import { type MapNode, nodeAt, type Path, placeAt } from './source-tree.ts';

export type TopKey = keyof ProfileInput;

export type Written = {
  readonly input: ProfileInput;
  readonly root: MapNode;
  readonly rules: ArchRules;
  readonly place: (...path: Path) => SourcePlace;
  readonly says: (...path: Path) => boolean;
};

export const writtenOf = (input: ProfileInput, root: MapNode): Written => ({
  input,
  root,
  rules: archRules[input.arch],
  place: (...path) => placeAt(root, path),
  says: (...path) => nodeAt(root, path) !== undefined,
});
