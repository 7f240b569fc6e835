/** How much a guest has written to its disks. */
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';

type BlockStats = readonly {
  readonly device: string;
  readonly stats: { readonly wr_bytes: number };
}[];

/** Bytes, by the name of QEMU's drive. */
export async function written({ guest }: SystemGuest, drive: string): Promise<number> {
  const all = (await guest.qmp.execute('query-blockstats')) as BlockStats;
  return all.find(({ device }) => device === drive)?.stats.wr_bytes ?? 0;
}
