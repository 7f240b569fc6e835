/** `make fuzz` on both verifiers at once: batches of inputs, for so long; numbers go on from run to run. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { sealFaults } from '../../pipeline/format/seal-faults.ts';
import { agreementOf } from './agreement.ts';

const folder = 'out/fuzz/agreement';
const sumsFile = `${folder}/sums.json`;
const batch = 250;

type Sums = {
  /** Number of the last one. */
  readonly last: number;
  /** How many were compared. */
  readonly inputs: number;
  readonly acceptedByBoth: number;
  readonly differences: readonly string[];
  /** Refused by both, each for a reason of its own: the tool reads the whole archive first. */
  readonly otherReasons: number;
  /** Of a seal, each with how often it was found. */
  readonly faults: Readonly<Record<string, number>>;
  /** That were never found. */
  readonly faultsNotFound: readonly string[];
};
const none: Sums = {
  last: 0,
  inputs: 0,
  acceptedByBoth: 0,
  differences: [],
  otherReasons: 0,
  faults: {},
  faultsNotFound: [],
};

/** What it came to, with all runs before. */
export async function fuzzAgreement(seconds: number): Promise<Sums> {
  mkdirSync(folder, { recursive: true });
  let sums: Sums = existsSync(sumsFile) ? JSON.parse(readFileSync(sumsFile, 'utf8')) : none;
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const found = await agreementOf(sums.last + 1, batch, folder);
    const faults: Record<string, number> = { ...sums.faults };
    for (const [fault, count] of found.faults) faults[fault] = (faults[fault] ?? 0) + count;
    sums = {
      last: sums.last + batch,
      inputs: sums.inputs + found.inputs,
      acceptedByBoth: sums.acceptedByBoth + found.accepted,
      differences: [...sums.differences, ...found.differences],
      otherReasons: sums.otherReasons + found.reasons.length,
      faults,
      faultsNotFound: Object.keys(sealFaults).filter((fault) => faults[fault] === undefined),
    };
    writeFileSync(sumsFile, `${JSON.stringify(sums, null, 2)}\n`);
  }
  return sums;
}
