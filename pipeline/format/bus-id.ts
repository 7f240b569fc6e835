/** Bus ids of CCW devices, as sysfs has them: `0.S.DDDD`, lower-case. */
export type BusIdMistake =
  | { readonly kind: 'bus-id-malformed' }
  | { readonly kind: 'bus-id-ssid'; readonly ssid: string; readonly last: number };

/** `lastSet`: the last subchannel set that is possible where the id stands. */
export function readBusId(
  text: string,
  lastSet: 0 | 3,
): { readonly busId: string } | { readonly mistake: BusIdMistake } {
  const [, css, ssid, devno] =
    /^([0-9a-f]+)\.([0-9a-f]+)\.([0-9a-f]{4})$/.exec(text.toLowerCase()) ?? [];
  if (css === undefined || ssid === undefined || devno === undefined || Number(css) !== 0)
    return { mistake: { kind: 'bus-id-malformed' } };
  const set = Number.parseInt(ssid, 16);
  return set > lastSet
    ? { mistake: { kind: 'bus-id-ssid', ssid, last: lastSet } }
    : { busId: `0.${set}.${devno}` };
}
