/**
 * QEMU has no FCP channel, but it takes an FCP block, keeps it, and hands it to the firmware of the next IPL. With
 * firmware that prints it, the block is compared byte by byte with one that is written down here from the layout
 * of Linux (arch/s390/include/uapi/asm/ipl.h), not from our declarations.
 */
import { describe, expect, test } from 'vitest';
import { flipBit, loadedImage } from '../../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import { armCommand } from '../../support/capture.ts';
import type { ProfileText } from '../../support/crashseal.ts';
import { bootS390x, panicAndAtStartCall } from '../../support/s390x/capture.ts';
import { iplReader, printedBlock, toolDone, waitOf } from '../../support/s390x/tools.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

/** Files that a machine with FCP has in sysfs, laid over what QEMU's has not. */
function overlay(folder: string, files: Readonly<Record<string, string>>): string {
  const written = Object.entries(files).map(
    ([path, text]) => `mkdir -p $(dirname ${folder}/${path}) && echo '${text}' >${folder}/${path}`,
  );
  return [`mount -t tmpfs tmpfs ${folder}`, ...written].join(' && ');
}

const adapter = '0.0.1900';
const adapterIsOnline = overlay('/sys/bus/ccw/devices', { [`${adapter}/online`]: '1' });

/** Purgatory asks for a subchannel with its number, and not what kind of device that has. */
const adapterIsThere = ['-device', `virtio-rng-ccw,devno=fe${adapter.slice(1)}`];

const fcp = {
  device: adapter,
  wwpn: '0x500507630300c562',
  lun: '0x4011402200000000',
  bootprog: '5',
  br_lba: '4660',
};

/** What every block for a dump from `fcp` says; big-endian. */
function dumpBlock(programs: 'given' | 'none', scp = Buffer.alloc(0)): Buffer {
  const padded = Buffer.alloc(Math.ceil(scp.length / 8) * 8);
  scp.copy(padded);
  const block = Buffer.alloc(0x284);
  block.writeUInt32BE(0x284 + padded.length, 0x00);
  block.writeUInt32BE(0x27c + padded.length, 0x08);
  block.writeUInt8(0x20, 0x148);
  block.writeUInt16BE(0x1900, 0x14e);
  block.writeBigUInt64BE(0x500507630300c562n, 0x154);
  block.writeBigUInt64BE(0x4011402200000000n, 0x15c);
  if (programs === 'given') {
    block.writeUInt32BE(5, 0x164);
    block.writeBigUInt64BE(4660n, 0x174);
  }
  block.writeUInt32BE(padded.length, 0x17c);
  return Buffer.concat([block, padded]);
}

/** In code page 500, as the machine reads it. */
const ebcdic = Buffer.from('c4e4d4d7f0f14040', 'hex'); // "DUMP01  "

function withTexts(): Buffer {
  const block = dumpBlock('given', Buffer.from('dump_mem=4G'));
  block.writeUInt8(0x80, 0x0d);
  ebcdic.copy(block, 0x10);
  return block;
}

type Row = {
  readonly from: string;
  readonly step: ProfileText;
  readonly sysfs: readonly string[];
  readonly call: 'check' | 'start';
  readonly block: Buffer;
};

const rows: readonly Row[] = [
  {
    from: '/sys/firmware/dump',
    step: { from: 'dump', type: 'fcp' },
    sysfs: [
      overlay('/sys/firmware/dump', {
        dump_type: 'fcp',
        ...Object.fromEntries(Object.entries(fcp).map(([key, value]) => [`fcp/${key}`, value])),
      }),
    ],
    call: 'check',
    block: dumpBlock('given'),
  },
  {
    from: 'a SCSI device',
    step: { from: { scsi: '0:0:7:0' } },
    sysfs: [
      overlay('/sys/bus/scsi/devices', {
        '0:0:7:0/hba_id': fcp.device,
        '0:0:7:0/wwpn': fcp.wwpn,
        '0:0:7:0/fcp_lun': fcp.lun,
      }),
    ],
    call: 'start',
    block: dumpBlock('none'),
  },
  {
    from: 'the profile, with texts',
    step: {
      fcp: { device: fcp.device, wwpn: fcp.wwpn, lun: fcp.lun, bootprog: 5, brLba: 4660 },
      loadparm: 'DUMP01',
      scpData: 'dump_mem=4G',
    },
    sysfs: [],
    call: 'start',
    block: withTexts(),
  },
];

async function corruptAndPanic(system: SystemGuest, folder: string, call: 'check' | 'start') {
  const image = await loadedImage(system, folder);
  const kernel = image.regions.find(({ name }) => name === 'kernel');
  const at = (kernel?.start ?? 0n) + 0x2345n;
  if (call === 'check') {
    await flipBit(system, at, 3);
    await system.panic();
  } else
    await panicAndAtStartCall(system, image, async (gdb) => {
      const [before = 0] = await gdb.read(at, 1);
      await gdb.write(at, Uint8Array.of(before ^ 8));
    });
}

describe('fcp-block-is-byte-exact', () => {
  test.each(rows)('from $from, in the $call call', ({ step, sysfs, call, block }) =>
    withWorkFolder('s390x-fcp', async (folder) => {
      const { system } = await bootS390x(folder, {
        name: 's390x-fcp',
        series: '6.1',
        bootFrom: 'kernel',
        profile: { testing: true, onCorruption: [{ step: 'ipl', ...step }] },
        guest: { extraArgs: ['-bios', iplReader(), ...adapterIsThere] },
      });
      for (const command of [adapterIsOnline, ...sysfs, armCommand]) await system.mustRun(command);
      await corruptAndPanic(system, folder, call);
      expect(waitOf(await system.guest.ended()).address).toBe(toolDone);
      expect(printedBlock(system.guest.console).toString('hex')).toBe(block.toString('hex'));
    }),
  );
});
