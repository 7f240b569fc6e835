/**
 * A hint is worth following: what it says to write is right, and is not the next mistake. Before, `crashkernel: 256`
 * was to become "256", which was to become 256M; and whoever wrote a word of kdump's was told what there is.
 */
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../pipeline/problem/problem.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { kindsWith, problemsWith } from './profile-texts.ts';

const hintOf = (problem: Problem | undefined): string =>
  problem === undefined ? 'no problem' : explain(problem).hint;

/** Lines with one mistake, and the value that the hint should offer. */
const offered: readonly (readonly [key: string, written: string, hint: string])[] = [
  ['crashkernel', '256', '"256M"'],
  ['crashkernel', '"256"', '256M'],
  ['crashkernel', '256MB', '256M'],
  ['crashkernel', '256 MiB', '256M'],
  ['crashkernel', '256 m', '256m'],
  ['crashkernel', 'crashkernel=256MB', '256M'],
  ['finalAction', 'Reboot', 'reboot'],
  ['epoch', '"7"', '7'],
  ['limitLoads', 'yes', 'true'],
  ['limitLoads', '"off"', 'false'],
  ['name', '7', '"7"'],
  ['kernelForm', 'Direct', 'direct'],
];

/** Values inside a map, written around `?`. */
const nested: readonly (readonly [line: string, written: string, hint: string])[] = [
  ['kernel: { from: apt, package: linux-image-amd64, version: ? }', '6.10', '"6.10"'],
  ['localOverlay: { max: ? }', '64KiB', '"64K"'],
  ['localOverlay: { max: ? }', '64 kb', '"64K"'],
  ['limits: { cpus: ? }', '"8"', '8'],
  ['kernel: { from: ?, package: linux }', 'atp', 'apt'],
];

const lines = [
  ...offered.map(([key, written, hint]) => [`${key}: ?`, written, hint] as const),
  ...nested,
];

describe('a value that is offered is right', () => {
  test.each(lines)('%s with %s: %s', (line, written, hint) => {
    const problems = problemsWith(line.replace('?', written));
    expect(problems.map(hintOf)).toEqual([`did you mean \`${hint}\`?`]);
    expect(kindsWith(line.replace('?', hint))).toEqual([]);
  });
});

test('a number is quoted with the digits that it was written with', () => {
  const [problem] = problemsWith('kernel: { from: apt, package: linux, version: 6.10 }');
  expect(problem).toMatchObject({ kind: 'wrong-value', found: '6.10', nearest: '"6.10"' });
});

test('what no offer puts right gets an example in its place', () => {
  for (const line of ['limits: { cpus: "0" }', 'limits: { cpus: many }', 'backend: 7'])
    expect(problemsWith(line)).toMatchObject([{ kind: 'wrong-value', nearest: undefined }]);
});

describe('several options in one text are told apart, as a list', () => {
  test.each([
    ['512M,high 128M,low', '["512M,high", "128M,low"]'],
    ['512M,high,128M,low', '["512M,high", "128M,low"]'],
    ['crashkernel=512M,high crashkernel=128M,low', '["512M,high", "128M,low"]'],
  ])('%s', (text, list) => {
    const problems = problemsWith(`crashkernel: "${text}"`);
    expect(problems).toMatchObject([{ kind: 'crashkernel', mistake: { kind: 'several' } }]);
    expect(hintOf(problems[0])).toContain(`crashkernel: ${list}`);
    expect(kindsWith(`crashkernel: ${list}`)).toEqual([]);
  });

  test('ranges are one option, whatever commas they have', () => {
    expect(problemsWith('crashkernel: "1G-4G:96M,4G-:192M,x"')).toMatchObject([
      { mistake: { kind: 'unexpected' } },
    ]);
  });
});

test.each(['auto', 'AUTO', 'default'])('crashkernel: %s names what to write', (word) => {
  const problems = problemsWith(`crashkernel: ${word}`);
  expect(problems).toMatchObject([{ kind: 'crashkernel', mistake: { kind: 'auto' } }]);
  expect(hintOf(problems[0])).toContain('`256M`');
});

test('a size that nobody means is not multiplied', () => {
  expect(hintOf(problemsWith('crashkernel: 512K')[0])).toContain('such as 256M');
});

test('a key that is there already is not offered again', () => {
  expect(problemsWith('limits: { cpus: 1, cpu: 2 }')).toMatchObject([
    { kind: 'unknown-key', nearest: undefined },
  ]);
});

describe("words of kdump's own files get an answer", () => {
  test.each([
    ['target: { kind: ssh, device: root@host }', 'for example `host: dumps.example.org`'],
    ['sshkey: /root/.ssh/id', '`target.identity`'],
    ['target: { kind: cifs, path: //host/share }', 'kind: raw'],
    ['target: { kind: ext4, device: /dev/sda1 }', 'kind: filesystem'],
    ['target: { kind: ext3, device: /dev/sda1 }', 'type: ext4'],
    ['target: { kind: msdos, device: /dev/sda1 }', 'type: vfat'],
    ['target: root@host', 'kind: raw'],
    ['ssh: root@host', '`{ kind: ssh, host: …'],
    ['path: /var/crash', '`target.directory`'],
    ['xfs: /dev/sda1', 'kind: filesystem'],
    ['core_collector: makedumpfile -l -d 31', '`dump`'],
    ['default: reboot', '`failureAction`'],
    ['failure_action: reboot', '`failureAction`'],
    ['extra_modules: nvme', '`initramfs.drivers`'],
    ['KDUMP_COMMANDLINE_APPEND: irqpoll', '`commandLine.append`'],
    ['finalAction: dump_to_rootfs', '`shell`'],
  ])('%s', (line, words) => {
    const hints = problemsWith(line).map(hintOf);
    expect(hints.join('\n')).toContain(words);
  });
});
