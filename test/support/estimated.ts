/** What `crashseal estimate` says of a bundle, and dumps in regions of a chosen size. */
import { join } from 'node:path';
import type { Estimate } from '../../pipeline/prove/estimate.ts';
import type { Proof } from '../../pipeline/prove/proof.ts';
import type { Scenario } from './capture.ts';
import { crashseal } from './crashseal.ts';
import { bootedWith, bundleWords, environmentOf } from './tried-bundle.ts';

const logs = ['--logs', join('out', 'test-logs')];

export class EstimatedBundle {
  readonly estimate: Estimate;
  readonly #folder: string;
  readonly #scenario: Scenario;
  readonly #words: readonly string[];

  private constructor(
    folder: string,
    scenario: Scenario,
    words: readonly string[],
    estimate: Estimate,
  ) {
    this.#folder = folder;
    this.#scenario = scenario;
    this.#words = words;
    this.estimate = estimate;
  }

  static async of(
    folder: string,
    scenario: Scenario,
    more: readonly string[] = [],
  ): Promise<EstimatedBundle> {
    const words = await bundleWords(folder, scenario);
    const ran = crashseal(
      ['estimate', '--json', ...logs, ...more, ...words],
      environmentOf(scenario),
    );
    const estimate = JSON.parse(ran.stdout) as Estimate;
    if (ran.exitCode !== 0) throw new Error(`no estimate: ${ran.stdout}${ran.stderr}`);
    return new EstimatedBundle(folder, scenario, words, estimate);
  }

  /** Whether one panic of a machine that reserves so much left a whole dump. */
  async captureIn(mebibytes: number): Promise<boolean> {
    const machine = await bootedWith(this.#folder, `crashkernel=${mebibytes}M`);
    const ran = crashseal(
      ['test-crash', '--quick', '--json', ...logs, ...machine, ...this.#words],
      environmentOf(this.#scenario),
    );
    const { bundles } = JSON.parse(ran.stdout) as { readonly bundles?: readonly Proof[] };
    const [proof] = bundles ?? [];
    if (proof === undefined) throw new Error(`not tried: ${ran.stdout}${ran.stderr}`);
    return (
      proof.outcome !== 'failed' &&
      proof.findings.some(
        ({ check, outcome }) => check === 'the dump is complete' && outcome === 'passed',
      )
    );
  }
}
