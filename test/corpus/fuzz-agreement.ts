/** `make fuzz` on both verifiers at once: batches of inputs, for so long; numbers go on from run to run. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
};
const none: Sums = { last: 0, inputs: 0, acceptedByBoth: 0, differences: [], otherReasons: 0 };

/** What it came to, with all runs before. */
export async function fuzzAgreement(seconds: number): Promise<Sums> {
  mkdirSync(folder, { recursive: true });
  let sums: Sums = existsSync(sumsFile) ? JSON.parse(readFileSync(sumsFile, 'utf8')) : none;
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const found = await agreementOf(sums.last + 1, batch, folder);
    sums = {
      last: sums.last + batch,
      inputs: sums.inputs + found.inputs,
      acceptedByBoth: sums.acceptedByBoth + found.accepted,
      differences: [...sums.differences, ...found.differences],
      otherReasons: sums.otherReasons + found.reasons.length,
    };
    writeFileSync(sumsFile, `${JSON.stringify(sums, null, 2)}\n`);
  }
  return sums;
}
