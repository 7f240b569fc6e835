/** dumpconf's configuration, read and never run. Each line of it that means something has a case. */
import { describe, expect, test } from 'vitest';
import { importDumpconf } from '../../pipeline/profile/dumpconf.ts';

const steps = (...lines: readonly string[]) => {
  const result = importDumpconf('dumpconf', `${lines.join('\n')}\n`);
  return result.ok ? result.value.steps : result.problems;
};
const kinds = (...lines: readonly string[]): readonly string[] => {
  const result = importDumpconf('dumpconf', `${lines.join('\n')}\n`);
  return result.ok ? [] : result.problems.map(({ kind }) => kind);
};

const fcp = [
  'ON_PANIC=dump',
  'DUMP_TYPE=fcp',
  'DEVICE=0.0.1900',
  'WWPN=0x500507630300C562',
  'LUN=0x4010401100000000',
];
const nvme = ['ON_PANIC=dump', 'DUMP_TYPE=nvme', 'FID=0x300', 'NSID=1'];

describe('what comes over', () => {
  test.each<[string, readonly string[], unknown]>([
    ['nothing set', [''], ['return', 'wait']],
    ['stop', ['ON_PANIC=stop', 'DUMP_TYPE=tape'], ['return', 'wait']],
    [
      'a DASD, without the dots',
      ['# zipl -d', 'ON_PANIC="dump"', "DUMP_TYPE='ccw'  # DASD", '  DEVICE=4711', 'LOADPARM='],
      ['return', { step: 'ipl', ccw: '0.0.4711', reipl: false }],
    ],
    [
      'a subchannel set and a delay',
      ['ON_PANIC=dump_reipl', 'DUMP_TYPE=ccw', 'DEVICE=0.3.BEEF', 'DELAY_MINUTES=5'],
      ['return', { step: 'ipl', ccw: '0.3.beef', delay: '5m' }],
    ],
    [
      'an FCP disk',
      [...fcp, 'BOOTPROG=2', 'BR_LBA=2048', 'SCP_DATA="dump_mem=4G a b"'],
      [
        'return',
        {
          step: 'ipl',
          fcp: {
            device: '0.0.1900',
            wwpn: '0x500507630300c562',
            lun: '0x4010401100000000',
            bootprog: 2,
            brLba: 2048,
          },
          scpData: 'dump_mem=4G a b',
          reipl: false,
        },
      ],
    ],
    [
      'an NVMe disk',
      nvme,
      ['return', { step: 'ipl', nvme: { fid: '0x00000300', nsid: '0x00000001' }, reipl: false }],
    ],
    [
      'a list-directed DASD',
      ['ON_PANIC=dump', 'DUMP_TYPE=eckd', 'DEVICE=0.0.4711', 'BR_CHR=0,1,4', 'BOOTPROG=0'],
      ['return', { step: 'ipl', eckd: { device: '0.0.4711', brChr: '0,1,4' }, reipl: false }],
    ],
    [
      'commands for CP, in their order',
      ['ON_PANIC=vmcmd', 'VMCMD_8="IPL 4711"', 'VMCMD_1="MESSAGE * Starting VMDUMP"', 'VMCMD_2='],
      ['return', { step: 'vmcmd', commands: ['MESSAGE * Starting VMDUMP', 'IPL 4711'] }, 'wait'],
    ],
    [
      'the last of two',
      ['ON_PANIC=dump', 'DUMP_TYPE=ccw', 'DEVICE=1', 'DEVICE=2'],
      ['return', { step: 'ipl', ccw: '0.0.0002', reipl: false }],
    ],
  ])('%s', (_what, lines, expected) => {
    expect(steps(...lines)).toEqual(expected);
  });
});

describe('what does not, by name', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['an action of z/VM without its commands', ['ON_PANIC=vmcmd'], ['dumpconf-missing']],
    ['a small command', ['ON_PANIC=vmcmd', 'VMCMD_2="vmdump"'], ['text-characters']],
    ['an escape', ['ON_PANIC=vmcmd', "VMCMD_1='MSG OP dump\\nVMDUMP'"], ['text-characters']],
    [
      'long commands',
      ['ON_PANIC=vmcmd', ...[1, 2, 3].map((n) => `VMCMD_${n}="MSG ${'x'.repeat(80)}"`)],
      ['text-too-long'],
    ],
    [
      'a ninth command',
      ['ON_PANIC=vmcmd', 'VMCMD_8=VMDUMP', 'VMCMD_9=VMDUMP'],
      ['dumpconf-unknown-setting'],
    ],
    ['a re-IPL', ['ON_PANIC=reipl'], ['dumpconf-unsupported']],
    ['another type', ['ON_PANIC=dump', 'DUMP_TYPE=tape'], ['dumpconf-unsupported']],
    ['no type', ['ON_PANIC=dump'], ['dumpconf-missing']],
    [
      'an FCP disk without its path',
      ['ON_PANIC=dump', 'DUMP_TYPE=fcp', 'DEVICE=1900'],
      ['dumpconf-missing', 'dumpconf-missing'],
    ],
    ['a mistyped name', [...fcp, 'BOOT_PROG=1'], ['dumpconf-unknown-setting']],
    ['a program number', [...fcp, 'BOOTPROG=x'], ['dumpconf-unsupported']],
    ['a delay of days', [...fcp, 'DELAY_MINUTES=1441'], ['dumpconf-unsupported']],
    [
      'a boot record',
      ['ON_PANIC=dump', 'DUMP_TYPE=eckd', 'DEVICE=1', 'BR_CHR=1'],
      ['dumpconf-unsupported'],
    ],
    ['a short port', fcp.with(3, 'WWPN=0x5005').slice(), ['wwpn-malformed']],
    ['no port', fcp.with(3, 'WWPN=0x0000000000000000').slice(), ['wwpn-malformed']],
    ['a decimal unit', fcp.with(4, 'LUN=1074872336').slice(), ['lun-malformed']],
    ['a wide namespace', [...nvme, 'NSID=0x100000001'], ['nvme-number-malformed']],
    ['no bus id', ['ON_PANIC=dump', 'DUMP_TYPE=ccw', 'DEVICE=/dev/dasda'], ['bus-id-malformed']],
    ['set 4', ['ON_PANIC=dump', 'DUMP_TYPE=ccw', 'DEVICE=0.4.4711'], ['bus-id-ssid']],
    ['set 1 for FCP', fcp.with(2, 'DEVICE=0.1.1900'), ['bus-id-ssid']],
    ['a long loadparm', [...fcp, 'LOADPARM=123456789'], ['text-too-long']],
    ['long SCP data', [...fcp, `SCP_DATA="${'x'.repeat(3449)}"`], ['text-too-long']],
    ['SCP data beyond ASCII', [...fcp, 'SCP_DATA="ü"'], ['text-characters']],
  ])('%s', (_what, lines, expected) => {
    expect(kinds(...lines)).toEqual(expected);
  });
});

/** The property: no line is ever given to a shell. Before, dumpconf's users were used to a file that is run. */
test.each([
  'DEVICE=$(reboot)',
  'DEVICE=`reboot`',
  'DEVICE="$HOME"',
  'DEVICE=a; reboot',
  'DEVICE=a b',
  'export DEVICE=1',
  'if true; then DEVICE=1; fi',
  '. /etc/other',
  'DEVICE="a"b',
  "DEVICE='a",
  'DEVICE=1 \\',
  'DEVICE = 1',
])('%s is no plain assignment', (line) => {
  expect(kinds(line)).toEqual(['dumpconf-syntax']);
});

test('a mistake has its line and column', () => {
  const result = importDumpconf('/etc/sysconfig/dumpconf', '\n  DEVICE=$X\n');
  expect(result.ok ? [] : result.problems).toMatchObject([
    { place: { file: '/etc/sysconfig/dumpconf', line: 2, column: 3 } },
  ]);
});

test('commands that the kernel would cut off come over whole, and that is said', () => {
  const long = [1, 2].map((n) => `VMCMD_${n}="MSG OP ${'x'.repeat(70)}"`);
  const result = importDumpconf('dumpconf', ['ON_PANIC=vmcmd', ...long].join('\n'));
  expect(result).toMatchObject({ ok: true });
  expect(result.ok ? result.value.remarks.join() : '').toContain('127 of these 155 characters');
});
