import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

const wwpn = '"0x500507630300c562"';
const lun = '"0x4010401100000000"';
const step = (keys: string) => ['arch: s390x', `onCorruption: [{ step: ipl, ${keys} }]`];

test.each([
  ['ccw: 0.0.4711', { kind: 'ccw', busId: '0.0.4711' }],
  ['ccw: 0.3.ABCD', { kind: 'ccw', busId: '0.3.abcd' }],
  [
    `fcp: { device: 0.0.1900, wwpn: ${wwpn}, lun: ${lun}, brLba: 7 }`,
    {
      kind: 'fcp',
      busId: '0.0.1900',
      wwpn: 0x500507630300c562n,
      lun: 0x4010401100000000n,
      bootprog: 0,
      brLba: 7n,
    },
  ],
  [
    'eckd: { device: 0.1.4711, brChr: "1,2,3", bootprog: 5 }',
    { kind: 'eckd', busId: '0.1.4711', bootprog: 5, record: { cylinder: 1, head: 2, record: 3 } },
  ],
  [
    'nvme: { fid: "0x00000300", nsid: "0x00000001" }',
    { kind: 'nvme', fid: 0x300, nsid: 1, bootprog: 0, brLba: 0n },
  ],
  ['from: dump', { kind: 'firmware', of: 'dump', type: 'ccw' }],
  ['from: dump, type: eckd', { kind: 'firmware', of: 'dump', type: 'eckd' }],
  ['from: reipl, type: nvme', { kind: 'firmware', of: 'reipl', type: 'nvme' }],
  ['from: reipl, type: fcp', { kind: 'firmware', of: 'reipl', type: 'fcp' }],
  [
    'from: { scsi: "0:0:1:2" }',
    { kind: 'scsi', folder: 'sys/bus/scsi/devices/0:0:1:2', bootprog: 0, brLba: 0n },
  ],
  [
    'from: { block: sda, bootprog: 3 }',
    { kind: 'scsi', folder: 'sys/block/sda/device', bootprog: 3, brLba: 0n },
  ],
])('%s', (keys, device) => {
  expect(settled(...step(keys)).onCorruption[0]).toMatchObject({ kind: 'ipl', device });
});

test('what goes with the device', () => {
  expect(
    settled(...step('ccw: 0.0.4711, loadparm: DUMP, delay: 5m, in: start')).onCorruption[0],
  ).toMatchObject({
    loadparm: 'DUMP',
    scpData: '',
    delaySeconds: 300,
    thenReipl: true,
    in: 'start',
  });
  expect(settled(...step('ccw: 0.0.4711, reipl: false')).onCorruption[0]).toMatchObject({
    thenReipl: false,
  });
});

test.each([
  ['delay: 5m', 'ipl-device-count'],
  ['ccw: 0.0.4711, from: dump', 'ipl-device-count'],
  ['ccw: 4711', 'bus-id-malformed'],
  ['ccw: 0.4.4711', 'bus-id-ssid'],
  [`fcp: { device: 0.1.1900, wwpn: ${wwpn}, lun: ${lun} }`, 'bus-id-ssid'],
  [`fcp: { device: 0.0.1900, wwpn: 0x500507630300c562, lun: ${lun} }`, 'wrong-value'],
  [`fcp: { device: 0.0.1900, wwpn: "0x${'0'.repeat(16)}", lun: ${lun} }`, 'wwpn-malformed'],
  [`fcp: { device: 0.0.1900, wwpn: ${wwpn}, lun: "0x1" }`, 'lun-malformed'],
  ['nvme: { fid: "0x00000300", nsid: "1" }', 'nvme-number-malformed'],
  ['eckd: { device: 0.0.4711, brChr: "70000,0,1" }', 'boot-record-outside'],
  ['ccw: 0.0.4711, type: fcp', 'ipl-key-without-effect'],
  ['ccw: 0.0.4711, scpData: dump', 'ipl-key-without-effect'],
  ['ccw: 0.0.4711, loadparm: TOO LONG 1', 'text-too-long'],
  ['ccw: 0.0.4711, loadparm: "a*b"', 'text-characters'],
  ['from: reipl, type: fcp, scpData: "a\\tb"', 'text-characters'],
  ['ccw: 0.0.4711, delay: soon', 'wrong-value'],
  ['ccw: 0.0.4711, delay: 1441m', 'wrong-value'],
  ['ccw: 0.0.4711, typ: fcp', 'unknown-key'],
])('%s: %s', (keys, kind) => {
  expect(kindsWith(...step(keys))).toEqual([kind]);
});
