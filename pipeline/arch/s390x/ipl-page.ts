/**
 * The IPL parameter block of a policy step: complete when the profile names the device; else with zeros where
 * the loader writes what sysfs says, in the block's own form.
 */

import { encodeIplBlock, type IplBlock, iplCcw, iplFcp } from '../../format/ipl-block.ts';
import type { Field } from '../../format/layout.ts';
import type { liveSources } from '../../format/seal-layout.ts';
import type { PolicyBlock } from '../architecture.ts';
import type { BundleMatch, LiveValue } from '../component.ts';
import type { IplDevice, IplStep, PolicyStep } from '../policy-step.ts';

export function policyBlock(step: PolicyStep): PolicyBlock | undefined {
  if (step.kind !== 'ipl') return undefined;
  const { device } = step;
  return {
    name: 'ipl block',
    bytes: encodeIplBlock({ ...blockOf(device), ...textsOf(step) }),
    live: liveOf(device),
    match: matchOf(device),
  };
}

const textsOf = ({ loadparm, scpData }: IplStep) => ({ loadparm, scpData });

type BlockDevice = IplBlock extends infer B
  ? B extends IplBlock
    ? Omit<B, 'loadparm' | 'scpData'>
    : never
  : never;

const emptyCcw = { kind: 'ccw', ssid: 0, devno: 0 } as const;
const emptyFcp = { kind: 'fcp', devno: 0, wwpn: 0n, lun: 0n, bootprog: 0, brLba: 0n } as const;

function blockOf(device: IplDevice): BlockDevice {
  switch (device.kind) {
    case 'ccw':
      return { ...emptyCcw, ...busIdParts(device.busId) };
    case 'fcp': {
      const { kind, wwpn, lun, bootprog, brLba } = device;
      return { kind, devno: busIdParts(device.busId).devno, wwpn, lun, bootprog, brLba };
    }
    case 'eckd':
      return {
        kind: 'eckd',
        ...busIdParts(device.busId),
        bootprog: device.bootprog,
        ...device.record,
      };
    case 'nvme':
      return device;
    case 'firmware':
      return device.type === 'ccw' ? emptyCcw : emptyFcp;
    case 'scsi':
      return { ...emptyFcp, bootprog: device.bootprog, brLba: device.brLba };
  }
}

/** `0.S.DDDD`. */
function busIdParts(busId: string): { readonly ssid: number; readonly devno: number } {
  const [, ssid = '0', devno = '0'] = busId.split('.');
  return { ssid: Number.parseInt(ssid, 16), devno: Number.parseInt(devno, 16) };
}

type FileSource = Extract<keyof typeof liveSources, `file${string}`>;

/** A number in a file, at the place of a field. `shift` takes the upper part of it. */
const read = (source: FileSource, file: string, field: Field, shift = 0n): LiveValue => ({
  source,
  form: 'big',
  width: field.size,
  text: file,
  offset: BigInt(field.offset),
  size: BigInt(field.size),
  arg0: shift,
});

/** A port has a number; sysfs says zero until one is configured. A LUN may be zero. */
const readPort = (file: string): LiveValue => ({
  ...read('fileHex', file, iplFcp.fields.wwpn),
  arg1: 1n,
});

/** Linux, arch/s390/kernel/ipl.c and drivers/s390/scsi/zfcp_sysfs.c: what these files hold. */
function liveOf(device: IplDevice): readonly LiveValue[] {
  const ccw = iplCcw.fields;
  const fcp = iplFcp.fields;
  switch (device.kind) {
    case 'firmware': {
      const folder = `sys/firmware/${device.of}/${device.type}`;
      return device.type === 'ccw'
        ? [
            read('fileBusId', `${folder}/device`, ccw.ssid, 16n),
            read('fileBusId', `${folder}/device`, ccw.devno),
          ]
        : [
            read('fileBusId', `${folder}/device`, fcp.devno),
            readPort(`${folder}/wwpn`),
            read('fileHex', `${folder}/lun`, fcp.lun),
            read('fileDecimal', `${folder}/bootprog`, fcp.bootprog),
            read('fileDecimal', `${folder}/br_lba`, fcp.brLba),
          ];
    }
    case 'scsi':
      return [
        read('fileBusId', `${device.folder}/hba_id`, fcp.devno),
        readPort(`${device.folder}/wwpn`),
        read('fileHex', `${device.folder}/fcp_lun`, fcp.lun),
      ];
    default:
      return [];
  }
}

/** A device that is not there now will not be there after the panic: refused when the bundle is loaded. */
function matchOf(device: IplDevice): readonly BundleMatch[] {
  switch (device.kind) {
    case 'ccw':
    case 'eckd':
    case 'fcp':
      return [{ kind: 'online', path: '', value: device.busId }];
    case 'nvme':
      return [];
    case 'firmware': {
      const folder = `sys/firmware/${device.of}`;
      return [
        { kind: 'equals', path: `${folder}/${device.of}_type`, value: device.type },
        ...fcpSet(device.type === 'fcp' ? `${folder}/fcp/device` : undefined),
        { kind: 'onlineFrom', path: `${folder}/${device.type}/device`, value: '' },
      ];
    }
    case 'scsi':
      return [
        ...fcpSet(`${device.folder}/hba_id`),
        { kind: 'onlineFrom', path: `${device.folder}/hba_id`, value: '' },
      ];
  }
}

/** The FCP block has no place for a subchannel set. */
const fcpSet = (path: string | undefined): readonly BundleMatch[] =>
  path === undefined ? [] : [{ kind: 'prefix', path, value: '0.0.' }];
