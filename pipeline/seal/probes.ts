/** What must be true of a machine for its dump to arrive, target by target. */
import type { Profile } from '../profile/keys/keys.ts';
import { targetNeeds, targetProbes } from '../targets/targets.ts';
import type { SealedProbe } from './seal-codec.ts';

export const probesOf = (profile: Profile): readonly SealedProbe[] =>
  profile.targets.flatMap((target, index) =>
    [
      ...targetProbes(target),
      ...(targetNeeds(target).server === undefined ? [] : interfaceProbes(profile)),
    ].map((probe) => ({ ...probe, target: index + 1 })),
  );

/** A bond does with what is there of its members; a network whose interface is not named, with any card. */
const interfaceProbes = ({ network }: Profile): readonly Omit<SealedProbe, 'target'>[] =>
  (network?.interfaces ?? []).map(({ by, value }) => ({
    kind: 'interface',
    by: by === 'name' ? 'interface' : by,
    value,
    flags: network?.bond === undefined ? [] : ['oneOf'],
    minimum: 0n,
    type: '',
  }));
