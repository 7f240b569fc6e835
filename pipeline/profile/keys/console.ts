import { z } from 'zod';
import { architectureOf, archNames } from '../../arch/arch.ts';
import type { ConsoleDevice } from '../../arch/console-device.ts';
import { onEach } from '../../arch/in-words.ts';
import type { Problem } from '../../problem/problem.ts';
import { choice, port, text } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { arch, notOnArch, rulesOf } from './arch.ts';

const rates = [115200, 57600, 38400, 19200, 9600] as const;
const standardRate = 115200;

const meanings = {
  uart: 'a UART',
  sclp: "the operator's console (`sclp`, or a map with the capture kernel's `device` there, such as ttyS1)",
} as const;

const knownUarts = archNames.flatMap((name) => Object.keys(architectureOf(name).profile.uartPorts));

const device = z.strictObject({
  device: text('a console name such as ttyS0', /^[A-Za-z][A-Za-z0-9]*$/).meta({
    description: "The capture kernel's name for it.",
    examples: ['ttyS0'],
  }),
  port: port()
    .optional()
    .meta({
      description: 'I/O port of the 16550 UART, which purgatory writes to itself.',
      defaultText: `known for ${knownUarts.join(', ')}`,
      examples: ['0x3f8'],
    }),
  baud: z
    .union(
      rates.map((rate) => z.literal(rate)),
      { error: `one of ${rates.join(', ')}` },
    )
    .optional()
    .meta({
      description: 'Speed of the UART.',
      defaultText: String(standardRate),
      examples: [standardRate],
    }),
});

export const consoleKey = profileKey('console', {
  schema: z
    .union([choice(['none', 'sclp']), device], { error: '`none`, `sclp`, or a map with `device`' })
    .default('none')
    .meta({
      description: `Console of purgatory and of the capture kernel: ${onEach(({ consoles }) => consoles.map((kind) => meanings[kind]).join(' or '))}.`,
      examples: [{ device: 'ttyS0' }, 'sclp'],
    }),
  settle: (value, written): ConsoleDevice => {
    if (value === 'none') return { kind: 'none' };
    if (value === 'sclp') return { kind: 'sclp', device: undefined };
    const rules = rulesOf(written);
    if (!rules.consoles.includes('uart')) return { kind: 'sclp', device: value.device };
    return {
      kind: 'uart',
      port: Number(value.port ?? rules.uartPorts[value.device]),
      baud: value.baud ?? standardRate,
      device: value.device,
    };
  },
  checks: [
    {
      with: [arch],
      find: (value, written): readonly Problem[] => {
        const { consoles, uartPorts } = rulesOf(written);
        if (value === 'none') return [];
        if (value === 'sclp')
          return consoles.includes('sclp')
            ? []
            : [notOnArch(written, ['console'], 'sclp', ['none'])];
        if (!consoles.includes('uart'))
          return (['port', 'baud'] as const)
            .filter((key) => written.says('console', key))
            .map((key) =>
              notOnArch(written, ['console', key], String(value[key]), [
                'sclp',
                '{ device: ttyS1 }',
              ]),
            );
        const known = Object.keys(uartPorts);
        return value.port !== undefined || known.includes(value.device)
          ? []
          : [
              {
                area: 'profile',
                kind: 'uart-port-unknown',
                place: written.place('console', 'device'),
                device: value.device,
                known,
              },
            ];
      },
    },
  ],
  problems: ['unknown-key', 'not-on-arch', 'uart-port-unknown', 'message-without-console'],
});
