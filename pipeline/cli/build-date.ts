import type { Host } from '../host/host.ts';
import type { Misuse } from './verb.ts';

/** The date that a bundle states as that of its build: what was given, else SOURCE_DATE_EPOCH, else none. */
export function buildDate(host: Host, given: number | undefined): number | undefined | Misuse {
  if (given !== undefined) return given;
  const epoch = host.env('SOURCE_DATE_EPOCH');
  if (epoch === undefined || epoch === '') return undefined;
  return /^\d{1,11}$/.test(epoch)
    ? Number(epoch)
    : { misuse: `SOURCE_DATE_EPOCH is "${epoch}", and takes seconds since 1970` };
}
