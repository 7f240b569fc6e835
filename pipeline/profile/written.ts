/** A profile's values as they were written, with their places. */

import { architectureOf } from '../arch/arch.ts';
import type { ProfileRules } from '../arch/profile-rules.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { ProfileInput } from './schema.ts';
import { type MapNode, nodeAt, type Path, placeAt } from './source-tree.ts';

export type TopKey = keyof ProfileInput;

export type Written = {
  readonly input: ProfileInput;
  readonly root: MapNode;
  readonly rules: ProfileRules;
  readonly place: (...path: Path) => SourcePlace;
  readonly says: (...path: Path) => boolean;
};

export const writtenOf = (input: ProfileInput, root: MapNode): Written => ({
  input,
  root,
  rules: architectureOf(input.arch).profile,
  place: (...path) => placeAt(root, path),
  says: (...path) => nodeAt(root, path) !== undefined,
});
