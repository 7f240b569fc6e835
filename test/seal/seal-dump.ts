/** A seal as annotated hex, for docs/format.md: every byte once, with the field that it belongs to. */
import type { Layout } from '../../pipeline/format/layout.ts';
import { sealProbe } from '../../pipeline/format/probe-layout.ts';
import {
  sealHeader,
  sealLive,
  sealMatch,
  sealMember,
  sealSegment,
} from '../../pipeline/format/seal-layout.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

export function dumpSeal(bytes: Uint8Array, seal: Seal): string {
  const lines: string[] = [];
  let at = 0;
  const put = (size: number, what: string): void => {
    for (let done = 0; done < size; done += 16) {
      const part = bytes.subarray(at + done, at + Math.min(size, done + 16));
      const hex = Buffer.from(part).toString('hex').replace(/../g, '$& ').trimEnd();
      const offset = (at + done).toString(16).padStart(4, '0');
      lines.push(`${offset}  ${hex.padEnd(47)}  ${done === 0 ? what : ''}`.trimEnd());
    }
    at += size;
  };
  const record = (declared: Layout, title: string): void => {
    lines.push('', `${declared.name}: ${title}`);
    const start = at;
    for (const [key, field] of Object.entries(declared.fields)) {
      put(start + field.offset - at, 'reserved');
      put(field.size, snake(key));
    }
    put(start + declared.size - at, 'reserved');
  };
  record(sealHeader, `profile "${seal.profile}"`);
  for (const member of seal.members) record(sealMember, member.name);
  for (const segment of seal.segments) record(sealSegment, segment.name);
  for (const live of seal.live) record(sealLive, live.source);
  for (const match of seal.match) record(sealMatch, match.kind);
  for (const probe of seal.probes) record(sealProbe, probe.kind);
  lines.push('', 'strings');
  const strings = bytes.subarray(at);
  for (let done = 0; done < strings.length; done += 16)
    put(
      Math.min(16, strings.length - done),
      Buffer.from(strings.subarray(done, done + 16))
        .toString('latin1')
        .replace(/[^ -~]/g, '.'),
    );
  return `${lines.slice(1).join('\n')}\n`;
}
