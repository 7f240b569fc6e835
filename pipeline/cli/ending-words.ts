import type { Ending } from '../seal/endings.ts';
import { showDate } from '../units/time.ts';

const words: Readonly<Record<Ending['what'], (of: string) => string>> = {
  bundle: (of) => `the bundle of profile ${of}`,
  certificate: (of) => `the certificate of ${of}`,
  revocationList: (of) => `the certificate of ${of}, in the chain of the revocation list,`,
  tester: (of) => `the certificate of ${of}, in the chain of the tester,`,
};

/** A line for each; `about` begins it, where there are several bundles. */
export const endingLines = (endings: readonly Ending[], about = ''): readonly string[] =>
  endings.map(
    ({ what, of, notAfter }) =>
      `  warning: ${about}${words[what](of)} ends at ${showDate(notAfter)}`,
  );
