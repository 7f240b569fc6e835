/** Moments as seconds since 1970, in UTC, and how they are written. */

/** The largest distance from 1970 that a `Date` can say (ECMA-262, "Time Values and Time Range"). */
const furthest = 8.64e12;

const dateOnly = /^\d{4}-\d{2}-\d{2}$/;
const dateAndTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** 9999-12-31T23:59:59Z, the last moment that a certificate and `readDate` can say. */
export const lastSecond = 253_402_300_799;

/**
 * `2027-12-31` or `2027-12-31T18:00:00Z` as seconds; undefined for anything else.
 * A date alone means its first second, or its last one where it is an end.
 */
export function readDate(text: string, alone: 'start' | 'end' = 'start'): number | undefined {
  if (!dateOnly.test(text) && !dateAndTime.test(text)) return undefined;
  const full = dateOnly.test(text)
    ? `${text}T${alone === 'start' ? '00:00:00' : '23:59:59'}Z`
    : text;
  const milliseconds = Date.parse(full);
  // Date.parse() turns 31 February into March, and 24:00:00 into the next day.
  if (Number.isNaN(milliseconds) || showDate(milliseconds / 1000) !== full) return undefined;
  return milliseconds / 1000;
}

/** `2027-12-31T23:59:59Z`, which {@link readDate} takes; the plain number where no date can say it. */
export const showDate = (seconds: number): string =>
  Math.abs(seconds) <= furthest
    ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
    : `${seconds}`;

const units = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** `90min`, `2h`, `7d`, `30s` as seconds; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const found = /^([1-9]\d{0,8})(d|h|min|s)$/.exec(text);
  const unit = units.find(([, name]) => name === found?.[2])?.[0];
  return unit === undefined ? undefined : Number(found?.[1]) * unit;
}

/** In the largest unit that leaves no rest. */
export function showDuration(seconds: number): string {
  const [unit, name] = units.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, 's'];
  return `${seconds / unit} ${name}`;
}
