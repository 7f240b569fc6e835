/** Bundles that are right, and not for here or not for now. */
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { changed, sampleMachine } from '../loader/sample-machine.ts';
import { day, now } from '../loader-trust/bundles.ts';
import type { Case } from './cases.ts';
import { packParts, smallParts } from './small-bundle.ts';

const sealedWith = (change: Partial<Seal>) => () =>
  packParts(smallParts({ seal: (seal) => ({ ...seal, ...change }), manifest: (m) => m }));
const bytes = () => packParts(smallParts());
const machine = sampleMachine;

export const machineCases: readonly Case[] = [
  {
    name: 'here: another architecture',
    bytes: sealedWith({ machine: 243 }),
    machine,
    status: 'wrongArch',
    says: 'ELF machine 243',
    tool: 'toolOnly',
  },
  {
    name: "here: a byte order that is not its architecture's",
    bytes: sealedWith({ byteOrder: 'big' }),
    machine,
    status: 'badSeal',
    says: 'byte order',
    tool: 'toolOnly',
  },
  {
    name: 'here: a rule for another machine',
    bytes: sealedWith({
      match: [{ kind: 'equals', path: 'sys/class/dmi/id/sys_vendor', value: 'Another' }],
    }),
    machine,
    status: 'wrongMachine',
    says: 'says "Sample Systems" instead of "Another"',
    tool: 'toolOnly',
  },
  {
    name: 'here: a rule whose file is not there',
    bytes,
    machine: changed({
      'sys/kernel/vmcoreinfo': undefined,
      'sys/kernel/kexec_crash_loaded': undefined,
      'sys/kernel/boot_params/data': undefined,
      'sys/kernel/security/lockdown': undefined,
    }),
    status: 'wrongMachine',
    says: '/sys/kernel does not exist',
    tool: 'ok',
  },
  {
    name: 'here: an epoch below the floor',
    bytes,
    machine: changed({ 'etc/crashseal/epoch': '2\n' }),
    status: 'oldEpoch',
    says: 'none below 2',
    tool: 'ok',
  },
  ...['', '-1\n', '1 2\n', '18446744073709551616\n', '0x1\n'].map(
    (text): Case => ({
      name: `here: an epoch floor of ${JSON.stringify(text)}`,
      bytes,
      machine: changed({ 'etc/crashseal/epoch': text }),
      status: 'badFloor',
      says: 'cannot be read',
      tool: 'ok',
    }),
  ),
  {
    name: 'now: a second past not-after',
    bytes: sealedWith({ notAfter: now }),
    machine,
    at: now + 1,
    status: 'expired',
    says: 'is good until',
  },
  {
    name: 'now: a second before the build date',
    bytes: sealedWith({ notBefore: now }),
    machine,
    at: now - 1,
    status: 'clockWrong',
    says: 'was built on',
  },
  {
    name: 'now: a clock that starts at 1970',
    bytes,
    machine,
    at: 0,
    status: 'badChain',
    says: 'is not valid at 1970-01-01',
  },
  {
    name: 'now: a clock beyond all certificates',
    bytes,
    machine,
    at: now + 9999 * day,
    status: 'badChain',
    says: 'is not valid at',
  },
];
