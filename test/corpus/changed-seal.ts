/** Seals with other probes, targets and marker names, most of them good: what a signer could have signed. */

import type { Field } from '../../pipeline/format/layout.ts';
import { limits } from '../../pipeline/format/limits.ts';
import { probeFlags, probeNames, sealProbe } from '../../pipeline/format/probe-layout.ts';
import { sealHeader } from '../../pipeline/format/seal-layout.ts';
import { encodeSeal, type Seal, type SealedProbe } from '../../pipeline/seal/seal-codec.ts';
import type { Random } from '../support/random.ts';

const keysOf = <T extends object>(table: T): readonly (keyof T & string)[] =>
  Object.keys(table) as (keyof T & string)[];

const deviceNames = keysOf(probeNames).filter((by) => probeNames[by].code < probeNames.mac.code);
const interfaceNames = keysOf(probeNames).filter((by) => !deviceNames.includes(by));
const values = ['crashdump', '/dev/vda', '52:54:00:12:34:56', 'virtio_net', 'with space', 'x'];
const oddValues = ['', 'é', '\u0001', '\u007f', 'zero\0', ' ', 'x'.repeat(5000)];
const types = ['', '', 'ext4', 'xfs'];

function probeOf(random: Random, targetCount: number): SealedProbe {
  const target = 1 + random.below(Math.max(targetCount, 1));
  const value = random.chance(0.98) ? random.of(values) : random.of(oddValues);
  const odd = random.chance(0.02);
  if (!odd && random.chance(0.4)) {
    const by = random.of(interfaceNames);
    return { kind: 'interface', target, by, flags: [], minimum: 0n, value, type: '' };
  }
  return {
    kind: odd ? random.of(['device', 'interface']) : 'device',
    target,
    by: random.of(odd ? keysOf(probeNames) : deviceNames),
    flags: keysOf(probeFlags).filter(() => random.chance(0.5)),
    minimum: random.of([0n, 4096n, (1n << 64n) - 1n]),
    value,
    type: odd ? random.of(oddValues) : random.of(types),
  };
}

/** Of numbers, those at which a reader may change its mind. */
const telling = [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 18, 19, 63, 64, 65, 0x7fff, 0xffff, 0xffff_ffff];

/** One field of a probe, or of the header about probes, holds another number. */
function patch(bytes: Uint8Array, probesAt: number, probes: number, random: Random): void {
  const { markerName, targetCount, probeCount } = sealHeader.fields;
  const inProbe = probes > 0 && random.chance(0.7);
  const at = inProbe ? probesAt + random.below(probes) * sealProbe.size : 0;
  const field = random.of<Field>(
    inProbe ? Object.values(sealProbe.fields) : [markerName, targetCount, probeCount],
  );
  const value = random.of(telling);
  for (let index = 0; index < field.size; index++)
    bytes[at + field.offset + index] = index < 4 ? (value >>> (8 * index)) & 0xff : 0;
}

export function withOtherProbes(seal: Seal, random: Random): Uint8Array {
  const targetCount = random.chance(0.95)
    ? 1 + random.below(limits.sealTargetsMax.value)
    : random.of([0, limits.sealTargetsMax.value + 1, 0xffff]);
  const most = limits.sealProbesMax.value;
  const count = random.chance(0.95) ? random.below(6) : random.of([most - 1, most, most + 1]);
  const marker = random.chance(0.05) ? 0 : 1 + random.below(255);
  const bytes = encodeSeal({
    ...seal,
    targetCount,
    markerName: random.chance(0.3) ? undefined : marker.toString(16).padStart(32, 'a0'),
    probes: Array.from({ length: count }, () => probeOf(random, targetCount)),
  });
  const stringsSize = new DataView(bytes.buffer).getUint32(
    sealHeader.fields.stringsSize.offset,
    true,
  );
  const probesAt = bytes.length - stringsSize - count * sealProbe.size;
  if (random.chance(0.4))
    for (let left = 1 + random.below(2); left > 0; left--) patch(bytes, probesAt, count, random);
  return bytes;
}
