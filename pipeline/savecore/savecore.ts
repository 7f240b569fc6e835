/** Dumps that come back: what is there, and each of them saved into a folder of its own. */
import type { AnyIdentity } from '../age/identity-file.ts';
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import { refusalAsProblem } from '../host/system-refusal.ts';
import type { Problem } from '../problem/problem.ts';
import { ok, type Result } from '../problem/result.ts';
import { showDate } from '../units/time.ts';
import type { Dump } from './dump.ts';
import { type Found, findDumps } from './find.ts';
import { first } from './marker.ts';
import { withOpener } from './opener.ts';
import type { LedgerRecord } from './raw-device.ts';
import { startTime } from './report.ts';
import { type Saved, saveDump } from './save.ts';

export type Listed = {
  readonly name: string;
  readonly state: Dump['state'];
  readonly started: string | null;
  readonly size: string;
  readonly encrypted: boolean;
  readonly log: boolean;
  readonly panic: string | null;
  readonly profile: string | null;
};

export type Listing = {
  readonly kind: Found['kind'];
  readonly dumps: readonly Listed[];
  readonly ledger: readonly LedgerRecord[];
};

/** What is there. Of it, only numbered parts are read: they are compared with their manifest. */
export const listDumps = (host: Host, path: string): Promise<Result<Listing>> =>
  withOpener(host, async (open) => {
    const found = await refusalAsProblem(() => findDumps(host, open, path));
    return found.ok ? ok({ ...found.value, dumps: found.value.dumps.map(listed) }) : found;
  });

function listed(dump: Dump): Listed {
  const started = startTime(dump);
  return {
    name: dump.name,
    state: dump.state,
    started: started === undefined ? null : showDate(started),
    size: `${dump.vmcore === undefined ? 0n : dump.size}`,
    encrypted: (dump.vmcore ?? dump.log)?.encrypted === true,
    log: dump.log !== undefined,
    panic: first(dump.marker, 'panic') ?? null,
    profile: first(dump.marker, 'profile') ?? null,
  };
}

export type Savecore = {
  readonly saved: readonly Saved[];
  /** What is there and cannot be saved, and why. */
  readonly problems: readonly Problem[];
};

/** Saves every dump that is there; one that fails keeps no other one from being saved. */
export const saveDumps = (
  host: Host,
  progress: Progress,
  path: string,
  out: string,
  identities: readonly AnyIdentity[],
): Promise<Result<Savecore>> =>
  withOpener(host, async (open) => {
    const found = await refusalAsProblem(() => findDumps(host, open, path));
    if (!found.ok) return found;
    const saved: Saved[] = [];
    const problems: Problem[] = [];
    for (const dump of found.value.dumps) {
      const from = found.value.kind === 'file' ? path : `${path} ${dump.name}`;
      if (dump.state === 'unreadable')
        problems.push({
          area: 'savecore',
          kind: 'dump-useless',
          dump: from,
          why: 'unreadable',
          detail: 'the disk reports an error where it begins, or where its record is',
        });
      if (dump.vmcore === undefined && dump.log === undefined) continue;
      const result = await progress.step(`saving ${from}`, (say) =>
        refusalAsProblem(() => saveDump(host, dump, { out, from, identities, say })),
      );
      if (result.ok) saved.push(result.value);
      else problems.push(...result.problems);
    }
    return ok({ saved, problems });
  });
