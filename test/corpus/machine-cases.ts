/** Bundles that are right, and not for here or not for now. */
import { elfMachine } from '../../pipeline/format/elf.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { packParts, smallParts } from '../fixtures/small-bundle.ts';
import { changed, sampleMachine } from '../fixtures/x86-64-machine.ts';
import { day, now } from '../loader-trust/bundles.ts';
import type { Case } from './cases.ts';
import { head, told } from './purgatory-cases.ts';

const sealedWith = (change: Partial<Seal>) => () =>
  packParts(smallParts({ seal: (seal) => ({ ...seal, ...change }), manifest: (m) => m }));
const bytes = () => packParts(smallParts());
const machine = sampleMachine;
/** What the loader keeps of a load that went well. */
const floor = 'var/lib/crashseal/floor';

export const machineCases: readonly Case[] = [
  {
    name: 'here: another architecture',
    bytes: () =>
      packParts(
        smallParts({
          seal: (seal) => ({ ...seal, machine: elfMachine.sparcv9 }),
          purgatory: told(head('machine', elfMachine.sparcv9)),
        }),
      ),
    machine,
    status: 'wrongArch',
    tool: 'toolOnly',
  },
  {
    name: "here: a byte order that is not its architecture's",
    bytes: sealedWith({ byteOrder: 'big' }),
    machine,
    status: 'badSeal',
    detail: 'foreign-byte-order',
    tool: 'toolOnly',
  },
  {
    name: 'here: a rule for another machine',
    bytes: sealedWith({
      match: [{ kind: 'equals', path: 'sys/class/dmi/id/sys_vendor', value: 'Another' }],
    }),
    machine,
    status: 'wrongMachine',
    detail: 'rule-differs',
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
    detail: 'rule-absent',
    tool: 'ok',
  },
  {
    name: 'here: an epoch below the floor',
    bytes,
    machine: changed({ 'etc/crashseal/epoch': '2\n' }),
    status: 'oldEpoch',
    tool: 'ok',
  },
  ...['', '-1\n', '1 2\n', '18446744073709551616\n', '0x1\n'].map(
    (text): Case => ({
      name: `here: an epoch floor of ${JSON.stringify(text)}`,
      bytes,
      machine: changed({ 'etc/crashseal/epoch': text }),
      status: 'badFloor',
      detail: 'file-form',
      tool: 'ok',
    }),
  ),
  {
    name: 'here: an epoch below the one that was loaded last',
    bytes,
    machine: changed({ [floor]: 'epoch 2\ntime 0\n' }),
    status: 'oldEpoch',
    tool: 'ok',
  },
  ...[
    '',
    'epoch 1\n',
    'epoch 1\ntime 2',
    'epoch 1\ntime 2\n\n',
    'time 2\nepoch 1\n',
    'epoch 18446744073709551616\ntime 2\n',
    'epoch -1\ntime 2\n',
  ].map(
    (text): Case => ({
      name: `here: a kept floor of ${JSON.stringify(text)}`,
      bytes,
      machine: changed({ [floor]: text }),
      status: 'badFloor',
      detail: 'file-form',
      tool: 'ok',
    }),
  ),
  {
    name: 'here: another release of the running kernel',
    bytes: sealedWith({
      match: [{ kind: 'equals', path: 'proc/sys/kernel/osrelease', value: '6.1.0-other' }],
    }),
    machine,
    status: 'wrongKernel',
    detail: 'rule-differs',
    tool: 'toolOnly',
  },
  {
    // Whoever sets the clock back gains nothing: the time of the last load counts.
    name: 'now: a clock set back to before the last load',
    bytes: sealedWith({ notAfter: now }),
    machine: changed({ [floor]: `epoch 0\ntime ${now + 1}\n` }),
    at: now - 100,
    status: 'expired',
    tool: 'toolOnly',
  },
  {
    // The signer is good at the time of the last load; what refuses is the rule.
    name: 'now: a clock that starts at 1970, before the last load',
    bytes: sealedWith({ match: [{ kind: 'absent', path: 'proc/iomem', value: '' }] }),
    machine: changed({ [floor]: `epoch 0\ntime ${now}\n` }),
    at: 0,
    status: 'wrongMachine',
    detail: 'rule-present',
    tool: 'badChain',
  },
  {
    name: 'now: a second past not-after',
    bytes: sealedWith({ notAfter: now }),
    machine,
    at: now + 1,
    status: 'expired',
  },
  {
    name: 'now: a second before the build date',
    bytes: sealedWith({ notBefore: now }),
    machine,
    at: now - 1,
    status: 'clockWrong',
  },
  // Who only checks a bundle learns it as well.
  {
    name: 'now: a second past not-after, checked alone',
    bytes: sealedWith({ notAfter: now }),
    at: now + 1,
    status: 'expired',
  },
  {
    name: 'now: a second before the build date, checked alone',
    bytes: sealedWith({ notBefore: now }),
    at: now - 1,
    status: 'clockWrong',
  },
  {
    name: 'now: a clock that starts at 1970',
    bytes,
    machine,
    at: 0,
    status: 'badChain',
    detail: 'not-valid-now',
  },
  {
    name: 'now: a clock beyond all certificates',
    bytes,
    machine,
    at: now + 9999 * day,
    status: 'badChain',
    detail: 'not-valid-now',
  },
];
