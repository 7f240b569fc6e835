/** `2027-12-31` (its first second) or `2027-12-31T18:00:00Z` as seconds since 1970; else undefined. */
export function readDate(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/.test(text)) return undefined;
  const full = text.includes('T') ? text : `${text}T00:00:00Z`;
  const milliseconds = Date.parse(full);
  if (Number.isNaN(milliseconds)) return undefined;
  // Date.parse() turns 31 February into March.
  const back = new Date(milliseconds).toISOString();
  return back.slice(0, 10) === full.slice(0, 10) ? milliseconds / 1000 : undefined;
}
