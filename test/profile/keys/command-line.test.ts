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

test('what to do instead is the word of the architecture', () => {
  const insteadOn = (arch: string) =>
    problemsWith(`arch: ${arch}`, 'commandLine: { append: [elfcorehdr=0x1] }').map((problem) =>
      problem.kind === 'own-word' ? problem.instead : problem.kind,
    );
  expect(insteadOn('s390x')).not.toEqual(insteadOn('x86_64'));
});
