import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

const policy = (step: string, after = 'wait') => [
  'arch: s390x',
  `onCorruption: [return, ${step}, ${after}]`,
];
const long = (size: number): string => `{ step: vmcmd, commands: ["M ${'x'.repeat(size - 2)}"] }`;

test.each([
  ['vmcmd', { kind: 'vmcmd', commands: undefined }],
  ['{ step: vmcmd }', { kind: 'vmcmd', commands: undefined }],
  [
    '{ step: vmcmd, commands: ["MESSAGE * Starting: VMDUMP", VMDUMP, IPL 4711], in: start }',
    {
      kind: 'vmcmd',
      commands: ['MESSAGE * Starting: VMDUMP', 'VMDUMP', 'IPL 4711'],
      in: 'start',
    },
  ],
  [
    `{ step: vmcmd, commands: [${Array(8).fill('VMDUMP').join()}] }`,
    { kind: 'vmcmd', commands: Array(8).fill('VMDUMP') },
  ],
  [long(240), { kind: 'vmcmd', commands: [`M ${'x'.repeat(238)}`] }],
])('%s', (step, expected) => {
  expect(settled(...policy(step)).onCorruption[1]).toEqual(expected);
});

test.each([
  ['{ step: vmcmd, commands: [] }', 'wrong-value'],
  ['{ step: vmcmd, commands: VMDUMP }', 'wrong-value'],
  [`{ step: vmcmd, commands: [${Array(9).fill('VMDUMP').join()}] }`, 'wrong-value'],
  [long(241), 'text-too-long'],
  [`{ step: vmcmd, commands: ["${'M'.repeat(120)}", "${'M'.repeat(120)}"] }`, 'text-too-long'],
  ['{ step: vmcmd, commands: ["vmdump"] }', 'text-characters'],
  ['{ step: vmcmd, commands: [" VMDUMP"] }', 'text-characters'],
  ['{ step: vmcmd, commands: [""] }', 'text-characters'],
  ['{ step: vmcmd, commands: ["MSG OP a\\nIPL 1"] }', 'text-characters'],
  ['{ step: vmcmd, commands: ["MSG OP \u00fc"] }', 'text-characters'],
  ['{ step: vmcmd, code: "0xd0d0" }', 'key-of-other-shape'],
])('%s: %s', (step, kind) => {
  expect(kindsWith(...policy(step))).toEqual([kind]);
});

test('does not end the machine: a step has to follow', () => {
  expect(kindsWith('arch: s390x', 'onCorruption: [return, vmcmd]')).toEqual(['policy-not-final']);
  expect(kindsWith('arch: s390x', 'onCorruption: [vmcmd, vmcmd, wait]')).toEqual([
    'policy-step-twice',
  ]);
});

test('exists under z/VM alone: not on another architecture', () => {
  expect(kindsWith('onCorruption: [vmcmd, reset]')).toEqual(['not-on-arch']);
});
