/**
 * What `crashseal fleet` answers with `--json`: every key and its shape. From here come the types and the tables in
 * docs/fleet.md.
 */
import { kebabKeys } from '../units/kebab-case.ts';
import { loaderStatuses } from './loader-status.ts';
import {
  count,
  date,
  digits,
  flag,
  type Keys,
  listOf,
  type ObjectOf,
  object,
  orNull,
  text,
  word,
} from './report-shape.ts';

/** What one machine says of itself, as far as either form of report tells it. */
export const saidKeys = {
  status: {
    shape: word(kebabKeys(loaderStatuses)),
    doc: 'the status of `crashseal-load --status`',
  },
  armed: { shape: flag, doc: 'a capture kernel is armed' },
  dump: {
    shape: word(['yes', 'no', 'unsure']),
    doc: 'whether a dump would arrive; `unsure` where the machine cannot see it or does not tell',
  },
  seal: { shape: digits, maybe: true, doc: 'the bundle that is armed: SHA-256 of its seal' },
  profile: { shape: text, maybe: true, doc: 'its profile' },
  release: { shape: text, maybe: true, doc: 'its capture kernel' },
  signer: { shape: text, maybe: true, doc: 'who signed it' },
  armedAt: { shape: date, maybe: true, doc: 'when it was armed' },
  notAfter: { shape: date, maybe: true, doc: 'when it ends' },
  certificatesUntil: {
    shape: date,
    maybe: true,
    doc: 'when the first of the certificates ends that it is trusted by',
  },
  fallback: { shape: flag, doc: 'what is armed stands in for a bundle that was refused' },
  outdated: { shape: flag, doc: 'the installed bundle is another one, or gone' },
  nextRefused: { shape: flag, doc: 'the installed bundle would be refused now' },
  lastRefused: { shape: flag, doc: 'a load was refused since the last one that armed' },
  reserved: { shape: count, maybe: true, doc: 'bytes that are reserved for a capture kernel' },
  needed: { shape: count, maybe: true, doc: 'bytes that the installed bundle needs' },
  why: {
    shape: text,
    doc: 'what is not as it should be, in words: those of the machine where it gives any; empty where all is well',
  },
} as const satisfies Keys;

export type Said = ObjectOf<typeof saidKeys>;

const machineKeys = {
  host: { shape: text, doc: 'its name, in lower case' },
  from: { shape: text, doc: 'the file with its report' },
  form: { shape: word(['status', 'metrics']), doc: 'JSON of `--status`, or metrics' },
  reportedAt: { shape: date, doc: 'when it said so' },
  age: {
    shape: word(['fresh', 'stale', 'ahead']),
    doc: '`stale`: older than `staleAfter`; `ahead`: dated in the future, which counts as stale',
  },
  expected: { shape: flag, doc: 'it is on the list of `--hosts`, or there is no list' },
  ...saidKeys,
} as const satisfies Keys;

export type Machine = ObjectOf<typeof machineKeys>;

/** Why a report is not used. */
export const unusedReasons = {
  malformed: 'it is not of its form',
  'too-large': 'it has more bytes than a report can have',
  unreadable: 'it is not a regular file, or may not be read',
  'no-name': 'its name, or the label `instance`, is not the name of a machine',
  duplicate: 'there is a newer report of the same machine, or one of the same time that tells more',
} as const;

export const fleetKeys = {
  at: { shape: date, doc: 'the moment by which all is judged' },
  staleAfter: { shape: count, doc: 'seconds after which a report is stale' },
  counts: {
    shape: object({
      expected: { shape: orNull(count), doc: 'machines on the list; null without one' },
      reported: { shape: count, doc: 'machines with a report, stale ones too' },
      fresh: { shape: count, doc: 'machines with a fresh report; the four below count only these' },
      armed: { shape: count, doc: 'a bundle is armed by this program' },
      wouldDump: { shape: count, doc: 'and its dump would arrive' },
      unsure: { shape: count, doc: 'and whether its dump would arrive cannot be seen' },
      wouldNotDump: { shape: count, doc: 'all others' },
      stale: { shape: count, doc: 'machines whose report is stale or ahead' },
      missing: { shape: count, doc: 'machines on the list without a report' },
      unexpected: { shape: count, doc: 'machines with a report that are not on the list' },
      unused: { shape: count, doc: 'reports that are not used' },
    }),
    doc: 'how many',
  },
  bundles: {
    shape: listOf(
      object({
        seal: { shape: digits, doc: 'SHA-256 of the seal' },
        profile: { shape: text, doc: 'empty where no machine tells it' },
        release: { shape: text, doc: 'of the capture kernel; empty where no machine tells it' },
        signer: { shape: text, doc: 'who signed it; empty where no machine tells it' },
        notAfter: { shape: orNull(date), doc: 'when it ends' },
        machines: { shape: count, doc: 'how many have it armed' },
        wouldDump: { shape: count, doc: 'of how many of these a dump would arrive' },
      }),
    ),
    doc: 'which bundles are armed, the most frequent first; of a seal that machines tell different things of, one row for each',
  },
  ending: {
    shape: listOf(
      object({
        what: {
          shape: word(['bundle', 'certificate']),
          doc: 'the bundle itself, or the first of the certificates that it is trusted by',
        },
        of: { shape: text, doc: 'name of the profile, or of the signer' },
        seal: { shape: digits, doc: 'the bundle' },
        end: { shape: date, doc: 'its last moment' },
        left: { shape: word(['ended', 'soon', 'later']), doc: '`soon`: within 30 days' },
        machines: { shape: count, doc: 'how many machines say so' },
      }),
    ),
    doc: 'what ends when, the next first',
  },
  machines: { shape: listOf(object(machineKeys)), doc: 'each machine with a report, by name' },
  missing: { shape: listOf(text), doc: 'names of the list without a report' },
  unused: {
    shape: listOf(
      object({
        from: { shape: text, doc: 'the file' },
        host: { shape: orNull(text), doc: 'the machine, where it is known' },
        reason: {
          shape: word(kebabKeys(unusedReasons)),
          doc: 'the table below',
        },
        why: { shape: text, doc: 'more closely' },
      }),
    ),
    doc: 'each report that is not used',
  },
} as const satisfies Keys;

export type Fleet = ObjectOf<typeof fleetKeys>;
export type Unused = Fleet['unused'][number];

const tally = object({
  yes: { shape: count, doc: 'machines that say yes' },
  no: { shape: count, doc: 'machines that say no' },
  open: {
    shape: count,
    doc: 'machines that do not say it yet: missing, stale, or with another bundle',
  },
  need: { shape: count, doc: 'how many yes it takes' },
});

export const decisionKeys = {
  ring: { shape: text, doc: 'name of the ring' },
  decision: {
    shape: word(['go', 'wait', 'back']),
    doc: '`go`: all terms are met; `wait`: they can still be met; `back`: they cannot',
  },
  machines: { shape: count, doc: 'machines of the ring' },
  armed: { shape: tally, doc: 'have the wanted bundle armed' },
  wouldDump: { shape: tally, doc: 'and its dump would arrive' },
  reasons: { shape: listOf(text), doc: 'why it is not `go`, in words' },
  against: {
    shape: listOf(
      object({ host: { shape: text, doc: 'its name' }, why: { shape: text, doc: 'what it says' } }),
    ),
    doc: 'machines that say no',
  },
  open: {
    shape: listOf(
      object({
        host: { shape: text, doc: 'its name' },
        why: { shape: text, doc: 'why it is open' },
      }),
    ),
    doc: 'machines that are open',
  },
} as const satisfies Keys;

export type Decision = ObjectOf<typeof decisionKeys>;
