import { expect, test } from 'vitest';
import { frugalWords } from '../../pipeline/arch/frugal-words.ts';
import { workingMemory } from '../../pipeline/plan/working-memory.ts';

const MiB = 1n << 20n;
const all = frugalWords.join(' ');
const without = (...names: string[]): string =>
  frugalWords.filter((word) => !names.some((name) => word.startsWith(`${name}=`))).join(' ');
const least = workingMemory(all, '6.12.117+deb12-amd64');

test.each<[string, string | undefined, string, bigint]>([
  ['6.1.0-56-amd64', '6.1.0-56-amd64', all, 1n],
  ['6.2, which nobody tried', '6.2.0', all, 0n],
  ['no release', undefined, all, 0n],
  ['a release that says nothing', 'custom', without('initcall_blacklist'), 0n],
  ['objects are counted', '6.12.117', without('cgroup.memory'), 3n],
  [
    'another word of that name',
    '6.12.117',
    `${without('cgroup.memory')} cgroup.memory=nosocket`,
    3n,
  ],
  ['one of several', '6.12.117', `${without('cgroup.memory')} cgroup.memory=nosocket,nokmem`, 0n],
  ['tracefs, when it was large', '6.1.0', without('initcall_blacklist'), 9n],
  ['tracefs, at its last', '6.5.13', without('initcall_blacklist'), 8n],
  ['tracefs, since it is small', '6.6.0', without('initcall_blacklist'), 0n],
  ['an older kernel', '5.14.0-503.el9', without('initcall_blacklist'), 9n],
  ['other initcalls', '6.1.0', `${without('initcall_blacklist')} initcall_blacklist=a,b`, 9n],
  [
    'in a second list',
    '6.1.0',
    'cgroup.memory=nokmem initcall_blacklist=a initcall_blacklist=b,tracer_init_tracefs',
    1n,
  ],
  ['no word at all', '6.1.0', '', 12n],
])('%s', (_what, release, line, more) => {
  expect(workingMemory(line, release) - least).toBe(more * MiB);
});

/** MiB beside what was loaded and what was unpacked, in a machine of QEMU: the smallest region that did, and the next. */
test.each([
  ['6.12.117+deb12-amd64', all, 12.6, 10.6],
  ['6.1.0-56-amd64', all, 13.6, 11.6],
  ['6.12.117+deb12-amd64', '', 14.4, 10.4],
  ['6.1.0-56-amd64', '', 26.9, 18.9],
])('%s with "%s": %d MiB were enough, and %d were not', (release, line, enough, few) => {
  const asked = Number(workingMemory(line, release)) / Number(MiB);
  expect(asked).toBeLessThanOrEqual(enough);
  expect(asked).toBeGreaterThan(few);
});
