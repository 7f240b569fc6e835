import * as z from 'zod';
import { architectureOf, archNames } from '../../arch/arch.ts';
import type { ConsoleDevice } from '../../arch/console-device.ts';
import { onEach, onlyOn } from '../../arch/in-words.ts';
import type { ProfileRules } from '../../arch/profile-rules.ts';
import type { Problem } from '../../problem/problem.ts';
import { choice, memoryAddress, port, text } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { arch, notOnArch, rulesOf } from './arch.ts';

const rates = [115200, 57600, 38400, 19200, 9600] as const;
const standardRate = 115200;

const meanings = {
  uart: 'a UART',
  memoryUart: 'a UART in memory (a map with its `address`)',
  sbi: "the firmware's console (`sbi`)",
  hvc: "the hypervisor's or OPAL's console (`hvc`)",
  sclp: "the operator's console (`sclp`, or a map with the capture kernel's `device` there, such as ttyS1)",
} as const;

type Consoles = ProfileRules['consoles'];

/** The words that stand for a console without a map. */
const words = ['sclp', 'sbi', 'hvc'] as const;

const hasMemoryUart = (consoles: Consoles): boolean => consoles.includes('memoryUart');

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
  address: memoryAddress()
    .optional()
    .meta({
      description: `Physical address of a UART in memory, which purgatory writes to itself; required${onlyOn(({ consoles }) => hasMemoryUart(consoles))}.`,
      examples: ['0x10000000'],
    }),
  registers: z
    .union([z.literal(8), z.literal(32)], { error: '8 or 32' })
    .optional()
    .meta({
      description: `Width of its registers in bits; they lie next to each other${onlyOn(({ consoles }) => hasMemoryUart(consoles))}.`,
      defaultText: '8',
      examples: [32],
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
    .union([choice(['none', ...words]), device], {
      error: `\`none\`, ${words.map((word) => `\`${word}\``).join(', ')}, or a map with \`device\``,
    })
    .default('none')
    .meta({
      description: `Console of purgatory and of the capture kernel: ${onEach(({ consoles }) => consoles.map((kind) => meanings[kind]).join(' or '))}.`,
      examples: [{ device: 'ttyS0' }, 'sclp'],
    }),
  settle: (value, written): ConsoleDevice => {
    if (value === 'none') return { kind: 'none' };
    if (value === 'sclp') return { kind: 'sclp', device: undefined };
    if (value === 'sbi' || value === 'hvc') return { kind: value };
    const rules = rulesOf(written);
    if (hasMemoryUart(rules.consoles))
      return {
        kind: 'memoryUart',
        address: BigInt(value.address ?? 0),
        registers: value.registers ?? 8,
        baud: value.baud ?? standardRate,
        device: value.device,
      };
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
        if (typeof value === 'string')
          return consoles.includes(value)
            ? []
            : [notOnArch(written, ['console'], value, wordsFor(consoles))];
        const foreign = foreignKeys(consoles)
          .filter((key) => written.says('console', key))
          .map((key) =>
            notOnArch(written, ['console', key], String(value[key]), insteadOf(consoles)),
          );
        if (foreign.length > 0) return foreign;
        if (hasMemoryUart(consoles))
          return value.address === undefined
            ? [
                {
                  area: 'profile',
                  kind: 'uart-address-missing',
                  place: written.place('console', 'device'),
                  device: value.device,
                },
              ]
            : [];
        if (!consoles.includes('uart'))
          return consoles.includes('sclp')
            ? []
            : [notOnArch(written, ['console', 'device'], value.device, wordsFor(consoles))];
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
  problems: [
    'unknown-key',
    'not-on-arch',
    'uart-port-unknown',
    'uart-address-missing',
    'message-without-console',
  ],
});

/** Keys of the map that say nothing there. */
const foreignKeys = (consoles: Consoles): ('port' | 'address' | 'registers' | 'baud')[] => [
  ...(consoles.includes('uart') ? [] : (['port'] as const)),
  ...(hasMemoryUart(consoles) ? [] : (['address', 'registers'] as const)),
  ...(consoles.includes('uart') || hasMemoryUart(consoles) ? [] : (['baud'] as const)),
];

const wordsFor = (consoles: Consoles): string[] => {
  const known = words.filter((word) => consoles.includes(word));
  return known.length === 0 ? ['none'] : [...known];
};

/** Whole values, for the hint. */
const insteadOf = (consoles: Consoles): string[] => {
  if (hasMemoryUart(consoles)) return ['{ device: ttyS0, address: 0x10000000 }'];
  return consoles.includes('uart') ? ['{ device: ttyS0 }'] : ['sclp', '{ device: ttyS1 }'];
};
