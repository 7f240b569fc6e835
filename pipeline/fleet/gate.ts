/**
 * May a roll-out go on beyond this ring? A function of what its machines say, and of nothing else: the same reports
 * give the same decision. Whoever moves a tag asks here first. Pure.
 */
import type { Decision, Fleet, Machine } from '../format/fleet-report.ts';
import { hasOwn } from './fleet.ts';

/** Parts of ten thousand: 9950 is 99.5 %. */
export type Share = number;

/** `99%`, `99.5%`; undefined for anything else. */
export function readShare(text: string): Share | undefined {
  const found = /^(\d{1,3})(?:\.(\d{1,2}))?%$/.exec(text);
  if (found === null) return undefined;
  const [, whole = '', parts = ''] = found;
  const share = Number(whole) * 100 + Number(parts.padEnd(2, '0'));
  return share <= 10_000 ? share : undefined;
}

/** A bundle that the ring is to have. */
export type Wanted = {
  readonly name: string;
  /** SHA-256 of its seal. */
  readonly seal: string;
  /** What a trusted tester says of it. */
  readonly tried: 'passed' | 'warned' | 'not tried';
};

export type GateTerms = {
  readonly ring: string;
  /** Machines of the ring. */
  readonly hosts: readonly string[];
  readonly minArmed: Share;
  readonly minWouldDump: Share;
  /** Empty: any bundle of ours will do. */
  readonly wanted: readonly Wanted[];
  /** Each of these bundles must have passed `test-crash`. */
  readonly requireTestCrash: boolean;
};

/** What one machine says on one question. `open`: it may still come to yes. */
type Answer = { readonly says: 'yes' | 'no' | 'open'; readonly why: string };
type Answers = { readonly host: string; readonly armed: Answer; readonly dump: Answer };

const yes: Answer = { says: 'yes', why: '' };
const no = (why: string): Answer => ({ says: 'no', why });
const open = (why: string): Answer => ({ says: 'open', why });

export function decide(fleet: Fleet, terms: GateTerms): Decision {
  const { ring, minArmed, minWouldDump, wanted, requireTestCrash } = terms;
  const hosts = [...new Set(terms.hosts)].toSorted();
  const machines = new Map(fleet.machines.map((machine) => [machine.host, machine]));
  const answers = hosts.map((host) => answersOf(host, machines.get(host), wanted));
  const armed = tally(
    answers.map((one) => one.armed),
    minArmed,
  );
  const dump = tally(
    answers.map((one) => one.dump),
    minWouldDump,
  );
  const untried = requireTestCrash ? wanted.filter(({ tried }) => tried !== 'passed') : [];
  const reasons = [
    ...(hosts.length === 0 ? ['the ring has no machines'] : []),
    ...(requireTestCrash && wanted.length === 0 ? ['no bundle is named that was to be tried'] : []),
    ...untried.map(({ name, tried }) =>
      tried === 'warned'
        ? `${name}: its test-crash could not prove everything`
        : `${name}: no trusted tester says that it passed test-crash`,
    ),
    ...shortOf('have it armed', armed),
    ...shortOf('would dump', dump),
  ];
  const lost = [armed, dump].some(({ yes: sure, open: left, need }) => sure + left < need);
  const never =
    hosts.length === 0 || untried.length > 0 || (requireTestCrash && wanted.length === 0);
  return {
    ring,
    decision: reasons.length === 0 ? 'go' : lost || never ? 'back' : 'wait',
    machines: hosts.length,
    armed,
    wouldDump: dump,
    reasons,
    against: those(answers, 'no'),
    open: those(answers, 'open'),
  };
}

function answersOf(host: string, machine: Machine | undefined, wanted: readonly Wanted[]): Answers {
  const both = (answer: Answer): Answers => ({ host, armed: answer, dump: answer });
  if (machine === undefined) return both(open('it has not reported'));
  if (machine.age !== 'fresh')
    return both(
      open(
        machine.age === 'stale'
          ? `its report is of ${machine.reportedAt}`
          : `its report is dated ahead: ${machine.reportedAt}`,
      ),
    );
  if (!machine.armed || machine.fallback) return both(no(wordsOf(machine)));
  if (!hasOwn(machine)) return both(no(wordsOf(machine)));
  if (wanted.length > 0 && !wanted.some(({ seal }) => seal === machine.seal)) {
    const refused = machine.lastRefused || machine.nextRefused;
    const other = `another bundle is armed: ${machine.profile ?? ''} ${machine.seal?.slice(0, 12)}`;
    return both(refused ? no(wordsOf(machine)) : open(other));
  }
  if (machine.dump === 'yes') return { host, armed: yes, dump: yes };
  return {
    host,
    armed: yes,
    dump:
      machine.dump === 'no'
        ? no(wordsOf(machine))
        : open('it cannot see, or does not tell, whether its dump would arrive'),
  };
}

const wordsOf = ({ status, why }: Machine): string =>
  why === '' || why === undefined ? status : `${status}: ${why}`;

type Tally = Decision['armed'];

function tally(answers: readonly Answer[], share: Share): Tally {
  const count = (says: Answer['says']): number => answers.filter((one) => one.says === says).length;
  return {
    yes: count('yes'),
    no: count('no'),
    open: count('open'),
    // Rounded up: 99 % of 10 machines are 10.
    need: Math.ceil((answers.length * share) / 10_000),
  };
}

const shortOf = (what: string, { yes: sure, no: against, open: left, need }: Tally): string[] =>
  sure >= need
    ? []
    : [
        `machines that ${what}: ${sure}, of ${need} needed; against it: ${against}; not known yet: ${left}`,
      ];

const those = (answers: readonly Answers[], says: 'no' | 'open') =>
  answers.flatMap(({ host, armed, dump }) => {
    const found = [armed, dump].find((one) => one.says === says);
    return found === undefined ? [] : [{ host, why: found.why }];
  });
