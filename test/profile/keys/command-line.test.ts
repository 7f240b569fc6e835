import { expect, test } from 'vitest';
import { kindsWith, problemsWith, settled } from '../profile-texts.ts';

test('words are kept as they are written', () => {
  expect(
    settled('commandLine: { inherit: root=/dev/vda1 ro, append: [irqpoll], remove: ["quiet"] }')
      .commandLine,
  ).toEqual({ inherit: 'root=/dev/vda1 ro', append: ['irqpoll'], remove: ['quiet'] });
  expect(settled().commandLine).toEqual({ inherit: undefined, append: [], remove: [] });
});

test.each([
  ['{ append: [elfcorehdr=0x1] }', ['own-word']],
  ['{ append: [memmap=exactmap] }', ['own-word']],
  ['{ append: ["memmap=64K$0x10000"] }', ['own-word']],
  ['{ append: [acpi-rsdp=0x1] }', ['own-word']],
  ['{ append: ["a b"] }', ['wrong-value']],
  ['{ append: [\'dyndbg="file a +p"\'] }', []],
  ['{ append: [quiet], remove: [quiet] }', ['appended-and-removed']],
  ['{ append: irqpoll }', ['wrong-value']],
  ['{ inherited: a }', ['unknown-key']],
])('commandLine: %s', (value, kinds) => {
  expect(kindsWith(`commandLine: ${value}`)).toEqual(kinds);
});

/** A word that would undo another key. */
const against = (...lines: readonly string[]) =>
  problemsWith(...lines).map((problem) =>
    problem.kind === 'word-against-key' ? `${problem.word} against ${problem.key}` : problem.kind,
  );
const driver = 'initramfs: { from: composed, drivers: [virtio_blk, nvme] }';

test.each([
  [
    'commandLine: { inherit: "root=/dev/sda module_blacklist=nvme,floppy" }',
    ['module_blacklist=nvme,floppy against initramfs.drivers'],
  ],
  ['commandLine: { inherit: module_blacklist=floppy }', []],
  ['commandLine: { inherit: module_blacklist=nvme, remove: [module_blacklist=] }', []],
  // What is never inherited cannot contradict anything.
  ['commandLine: { inherit: rdinit=/bin/sh init=/bin/sh mem=1G panic=0 }', []],
  [
    'commandLine: { append: [modprobe.blacklist=virtio-blk] }',
    ['modprobe.blacklist=virtio-blk against initramfs.drivers'],
  ],
  ['commandLine: { append: [nomodule] }', ['nomodule against initramfs.drivers']],
  ['commandLine: { append: [rdinit=/bin/sh] }', ['rdinit=/bin/sh against initramfs']],
  ['commandLine: { append: [mem=128M] }', ['mem=128M against crashkernel']],
  ['commandLine: { append: [panic=0] }', ['panic=0 against failureAction']],
  ['commandLine: { append: [panic=5] }', []],
])('%s with drivers virtio_blk and nvme: %j', (line, expected) => {
  expect(against(line, driver)).toEqual(expected);
});

test('the drivers that an architecture has by default count, too', () => {
  expect(against('commandLine: { append: [module_blacklist=ahci] }')).toEqual([
    'module_blacklist=ahci against initramfs.drivers',
  ]);
  expect(against('commandLine: { append: [panic=0] }', 'failureAction: halt')).toEqual([]);
});

test('what to do instead is the word of the architecture', () => {
  const insteadOn = (arch: string) =>
    problemsWith(`arch: ${arch}`, 'commandLine: { append: [elfcorehdr=0x1] }').map((problem) =>
      problem.kind === 'own-word' ? problem.instead : problem.kind,
    );
  expect(insteadOn('s390x')).not.toEqual(insteadOn('x86_64'));
});
