/** What both forms of report have in common: a machine's own words become what is told of it. Pure. */
import type { Said } from '../format/fleet-report.ts';
import type { LoaderStatus } from '../format/loader-report.ts';
import { loaderStatuses } from '../format/loader-status.ts';
import { kebabCase } from '../units/kebab-case.ts';
import { plain } from './plain.ts';

/** Texts as they came; an empty one, and a missing one, are not known. */
export type Told = Omit<Said, 'why'> & { readonly why?: string };

export const statusWords: ReadonlyMap<string, string> = new Map(
  Object.entries(loaderStatuses).map(([name, { doc }]) => [
    kebabCase(name),
    doc.replace(/^--status: /, ''),
  ]),
);

export const statusOfCode: ReadonlyMap<number, LoaderStatus> = new Map(
  Object.entries(loaderStatuses).map(([name, { code }]) => [code, kebabCase(name) as LoaderStatus]),
);

export function said(told: Told): Said {
  const { profile, release, signer, why, ...rest } = told;
  const known = Object.entries({ profile, release, signer }).flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [[name, plain(text, 120)] as const],
  );
  const words = why === undefined || why === '' ? statusWords.get(told.status) : why;
  return {
    ...rest,
    ...Object.fromEntries(known),
    why:
      told.status === 'ok' && told.dump === 'yes'
        ? ''
        : plain(told.status === 'ok' ? (why ?? '') : (words ?? '')),
  };
}
