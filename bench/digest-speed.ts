/** Purgatory's SHA-256 as it is compiled for the target, run on this host. */
import { execFileSync } from 'node:child_process';
import type { Figure } from './figure.ts';

const rounds = 5;

export function digestSpeed(): readonly Figure[] {
  let plain = 0;
  let accelerated = 0;
  for (let round = 0; round < rounds; round += 1) {
    const told = JSON.parse(
      execFileSync('out/native/host/bench-sha256', { encoding: 'utf8', input: '' }),
    ) as { plainMBps: number; instructionsMBps?: number | null };
    plain = Math.max(plain, told.plainMBps);
    accelerated = Math.max(accelerated, told.instructionsMBps ?? 0);
  }
  const group = "purgatory's SHA-256";
  if (accelerated === 0)
    return [
      {
        group,
        what: 'plain C (this host has no SHA instructions)',
        unit: 'MB/s',
        ours: plain,
        more: true,
      },
    ];
  return [
    {
      group,
      what: 'SHA instructions against plain C',
      unit: 'MB/s',
      ours: accelerated,
      peer: plain,
      more: true,
      aim: '4×',
    },
  ];
}
