import * as z from 'zod';
import type { Problem } from '../../problem/problem.ts';
import { showFound } from '../../schema/show-found.ts';
import {
  type DumpTarget,
  localFiles,
  sameTarget,
  serversOf,
  settleTarget,
  type TargetInput,
  targetExamples,
  targetProblems,
  targetSchema,
} from '../../targets/targets.ts';
import { type Report, reportedBy } from '../at.ts';
import { showExample } from '../issues.ts';
import { profileKey, type Written } from '../key.ts';
import { isHostName } from '../network-words.ts';
import { type Path, showPath } from '../source-tree.ts';
import { arch, rulesOf } from './arch.ts';
import { localOverlay } from './local-overlay.ts';
import { network } from './network.ts';
import { target } from './target.ts';

const expects = 'a list of targets, the one to try first at its beginning';
/** Each is an attempt of its own, with settings in the overlay. */
const mostTargets = 16;

type Listed = { readonly input: TargetInput; readonly path: Path };

/** The targets that a profile names, by either key. */
const listed = (list: readonly TargetInput[] | undefined, written: Written): readonly Listed[] => {
  const single = written.of(target);
  return [
    ...(single === undefined ? [] : [{ input: single, path: ['target'] }]),
    ...(list ?? []).map((input, index) => ({ input, path: ['targets', index] })),
  ];
};

export const targets = profileKey('targets', {
  schema: z
    .array(targetSchema, { error: expects })
    .min(1, { error: expects })
    .max(mostTargets, { error: `${expects}; no more than ${mostTargets}` })
    .optional()
    .meta({
      description:
        'Where the dump is saved, in order of preference: what does not work falls through to the next. Each takes the keys of `target`.',
      defaultText: 'none: it or `target` is required',
      examples: [targetExamples],
    }),
  settle: (list, written): readonly DumpTarget[] =>
    listed(list, written).map((one) => settled(one, written, () => {})),
  checks: [
    {
      with: [arch, target, localOverlay],
      find: (list, written) => [
        ...oneKey(written),
        ...reportedBy((report) => {
          const all = listed(list, written);
          const found = all.map((one) => ({
            path: one.path,
            target: settled(one, written, report),
          }));
          reportTwins(found, written, report);
          reportSecrets(found, written, report);
        }),
      ],
    },
    {
      with: [arch, target, network],
      find: (list, written) =>
        reportedBy((report) => {
          const all = listed(list, written).map((one) => settled(one, written, () => {}));
          reportNetwork(all, written, report);
        }),
    },
  ],
  problems: [
    'missing-key',
    ...targetProblems,
    'keys-exclude-each-other',
    'same-target-twice',
    'needs-local-overlay',
    'network-useless',
  ],
});

function oneKey({ says, place }: Written): readonly Problem[] {
  const [single, list] = [says('target'), says('targets')];
  if (single !== list) return [];
  return [
    single
      ? {
          area: 'profile',
          kind: 'keys-exclude-each-other',
          place: place('targets'),
          keys: ['targets', 'target'],
          other: place('target'),
        }
      : {
          area: 'profile',
          kind: 'missing-key',
          place: place(),
          key: 'target',
          expected: 'a map with the kind of target',
          example: showExample(targetExamples[0]),
        },
  ];
}

function reportTwins(
  all: readonly { readonly path: Path; readonly target: DumpTarget }[],
  { place }: Written,
  report: Report,
): void {
  for (const { path, target } of all) {
    const [first] = all.filter((other) => sameTarget(target, other.target));
    if (first !== undefined && first.path !== path)
      report({
        kind: 'same-target-twice',
        place: place(...path),
        key: showPath(path),
        first: place(...first.path),
      });
  }
}

/** What a target needs from the machine must have a way there. */
function reportSecrets(
  all: readonly { readonly path: Path; readonly target: DumpTarget }[],
  { of, place }: Written,
  report: Report,
): void {
  const files = localFiles(all.map(({ target }) => target));
  const first = all.find(({ target }) => localFiles([target]).length > 0);
  if (of(localOverlay) !== undefined || first === undefined) return;
  const key = showPath(first.path);
  report({ kind: 'needs-local-overlay', place: place(...first.path), key, files });
}

/** That there is a network for the targets, and targets for the network. */
function reportNetwork(
  all: readonly DumpTarget[],
  { of, place, says }: Written,
  report: Report,
): void {
  const servers = serversOf(all);
  const { address, dns } = of(network);
  const byName = servers.filter((server) => server !== '' && isHostName(server));
  const told = dns !== undefined || [address].flat().includes('dhcp');
  if (servers.length === 0 && says('network'))
    report({
      kind: 'network-useless',
      place: place('network'),
      key: 'network',
      found: 'a map',
      mistake: { kind: 'unused' },
    });
  if (byName.length > 0 && !told)
    report({
      kind: 'network-useless',
      place: place('network', 'address'),
      key: 'network.address',
      found: showFound(address),
      mistake: { kind: 'no-name-server', servers: byName },
    });
}

function settled({ input, path }: Listed, written: Written, report: Report): DumpTarget {
  const { of, place, says } = written;
  return settleTarget(input, {
    arch: of(arch),
    ccwDevices: rulesOf(written).ccwDevices,
    place: (...below) => place(...path, ...below),
    says: (...below) => says(...path, ...below),
    key: (...below) => showPath([...path, ...below]),
    report,
  });
}
