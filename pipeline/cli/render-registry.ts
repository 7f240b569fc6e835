import type { HttpTraffic } from '../host/http-client.ts';
import type { Listing } from '../registry/list.ts';
import type { Promoted } from '../registry/promote.ts';
import type { Pruned } from '../registry/prune.ts';
import type { Pulled } from '../registry/pull.ts';
import type { Pushed } from '../registry/push.ts';
import { showSize } from '../units/units.ts';
import { section, textTable } from './text-table.ts';

const added = (attached: number): readonly string[] =>
  attached === 0 ? [] : [`${attached} attached`];

const fateOf = ({ attached, fate, bytes: { mounted, sent, there } }: Pushed): string =>
  fate === 'unchanged'
    ? ['unchanged', ...added(attached)].join(', ')
    : [
        `${showSize(sent)} sent`,
        ...(mounted > 0 ? [`${showSize(mounted)} from another repository`] : []),
        ...(there > 0 ? [`${showSize(there)} were there`] : []),
        ...added(attached),
      ].join(', ');

export function renderPushed(
  {
    failed,
    others,
    pushed,
  }: {
    readonly pushed: readonly Pushed[];
    /** Tags of folders that name no bundle. */
    readonly others: readonly string[];
    readonly failed: number;
  },
  { requests, sent }: HttpTraffic,
): string {
  const unchanged = pushed.filter(({ fate }) => fate === 'unchanged').length;
  const lines = textTable(
    pushed.map((one) => [one.reference, `sha256:${one.digest}`, fateOf(one)]),
  );
  const left = section('not a bundle, so not pushed', others);
  if (pushed.length + failed < 2) return [...lines, ...left].map((line) => `${line}\n`).join('');
  const summary = [
    `${pushed.length - unchanged} pushed`,
    `${unchanged} unchanged`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(requests > 0 ? [`${requests} requests`, `${showSize(sent)} sent`] : []),
  ].join(', ');
  return [...lines, summary, ...left, ''].join('\n');
}

export const renderPulled = (
  { attested, bytes: { received, reused }, digest, path, reference }: Pulled,
  verified: boolean,
): string =>
  [
    path,
    ...textTable([
      ['  from', reference],
      ['  digest', `sha256:${digest}`],
      ['  received', showSize(received)],
      ...(reused > 0 ? [['  reused', showSize(reused)]] : []),
      ['  attestation', attested ? `${path}.test-crash` : 'none is there'],
      ['  signature', verified ? 'good' : 'not verified: give --trust, or use `crashseal verify`'],
    ]),
    '',
  ].join('\n');

export const renderList = ({ bundles, others }: Listing): string =>
  [
    ...(bundles.length === 0
      ? ['no bundle is there']
      : textTable([
          ['tag', 'profile', 'architecture', 'kernel', 'epoch', 'until', 'size', 'digest'],
          ...bundles.map(({ digest, facts, tag }) => [
            tag ?? '-',
            facts.profile,
            facts.architecture,
            facts.release ?? '-',
            facts.epoch,
            facts.notAfter ?? '-',
            showSize(facts.size),
            `sha256:${digest}`,
          ]),
        ])),
    ...section('tags of something else', others),
    '',
  ].join('\n');

export const renderPromoted = ({ before, digest, reference }: Promoted): string =>
  [
    reference,
    ...textTable([
      ['  names', `sha256:${digest}`],
      [
        '  before',
        before === undefined ? 'nothing' : before === digest ? 'the same' : `sha256:${before}`,
      ],
    ]),
    '',
  ].join('\n');

export const renderNotMoved = (reference: string): string => `${reference} is not moved\n\n`;

export const renderPruned = ({ ended, freed, removed }: Pruned): string =>
  [
    ...textTable(ended.map(({ digest, reference }) => [reference, `sha256:${digest}`])),
    ended.length === 0
      ? 'no bundle has ended'
      : `${ended.length} ended${removed ? ' and removed' : ': --remove removes them'}`,
    ...(freed > 0 ? [`${showSize(freed)} freed`] : []),
    '',
  ].join('\n');
