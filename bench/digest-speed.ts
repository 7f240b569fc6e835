/** Purgatory's digests by parts as they are compiled for the target, run on this host. */
import { execFileSync } from 'node:child_process';
import type { Figure } from './figure.ts';

const rounds = 5;

/** What each may reach at least, in MB/s. */
const aims: Readonly<Record<string, string>> = {
  'plain C': '≥ 500',
  'x86-avx2': '≥ 1,200',
  'x86-sha': '≥ 1,900',
};

export function digestSpeed(): readonly Figure[] {
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const { bytes: _, ...told }: Record<string, number> = JSON.parse(
      execFileSync('out/native/host/bench-sha256', { encoding: 'utf8', input: '' }),
    );
    for (const [what, rate] of Object.entries(told))
      best.set(what, Math.max(rate, best.get(what) ?? 0));
  }
  const plain = best.get('plain C');
  return [...best].map(([what, rate]) => ({
    group: "purgatory's digests by parts",
    what: what === 'plain C' ? what : `${what} against plain C`,
    unit: 'MB/s',
    ours: rate,
    ...(what === 'plain C' || plain === undefined ? {} : { peer: plain }),
    more: true,
    ...(aims[what] === undefined ? {} : { aim: aims[what] }),
  }));
}
