/**
 * The IPL parameter block of a policy step: complete when the profile names the device; else with zeros where
 * the loader writes what sysfs says, in the block's own form.
 */

import {
  encodeIplBlock,
  type IplBlock,
  iplCcw,
  iplEckd,
  iplFcp,
  iplNvme,
} from '../../format/ipl-block.ts';
import type { Field } from '../../format/layout.ts';
import type { liveSources } from '../../format/seal-layout.ts';
import type { PolicyBlock } from '../architecture.ts';
import type { BundleMatch, LiveValue } from '../component.ts';
import type { IplDevice, IplStep, PolicyStep } from '../policy-step.ts';

export function iplPage(step: PolicyStep): PolicyBlock | undefined {
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

/** As far as the loader fills them in. */
const empty = {
  ccw: { kind: 'ccw', ssid: 0, devno: 0 },
  eckd: { kind: 'eckd', ssid: 0, devno: 0, bootprog: 0, cylinder: 0, head: 0, record: 0 },
  fcp: { kind: 'fcp', devno: 0, wwpn: 0n, lun: 0n, bootprog: 0, brLba: 0n },
  nvme: { kind: 'nvme', fid: 0, nsid: 0, bootprog: 0, brLba: 0n },
} as const satisfies Record<IplBlock['kind'], BlockDevice>;

function blockOf(device: IplDevice): BlockDevice {
  switch (device.kind) {
    case 'ccw':
      return { ...empty.ccw, ...busIdParts(device.busId) };
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
      return empty[device.type];
    case 'scsi':
      return { ...empty.fcp, bootprog: device.bootprog, brLba: device.brLba };
  }
}

/** `0.S.DDDD`. */
function busIdParts(busId: string): { readonly ssid: number; readonly devno: number } {
  const [, ssid = '0', devno = '0'] = busId.split('.');
  return { ssid: Number.parseInt(ssid, 16), devno: Number.parseInt(devno, 16) };
}

type FileSource = Extract<keyof typeof liveSources, `file${string}`>;

/** Of a field, or of several that are one number. */
type Place = Pick<Field, 'offset' | 'size'>;

/** A number in a file, at the place of a field. `shift` takes the upper part of it. */
const read = (source: FileSource, file: string, field: Place, shift = 0n): LiveValue => ({
  source,
  form: 'big',
  width: field.size,
  text: file,
  offset: BigInt(field.offset),
  size: BigInt(field.size),
  arg0: shift,
});

/** The same where zero stands for what is not configured: a port, a namespace. */
const readSet = (file: string, field: Field): LiveValue => ({
  ...read('fileHex', file, field),
  arg1: 1n,
});

/** Linux, arch/s390/kernel/ipl.c: what the files of a type hold. */
function firmwareLive(folder: string, type: IplBlock['kind']): readonly LiveValue[] {
  const device = `${folder}/device`;
  const bootprog = (field: Field) => read('fileDecimal', `${folder}/bootprog`, field);
  const brLba = (field: Field) => read('fileDecimal', `${folder}/br_lba`, field);
  switch (type) {
    case 'ccw': {
      const { ssid, devno } = iplCcw.fields;
      return [read('fileBusId', device, ssid, 16n), read('fileBusId', device, devno)];
    }
    case 'eckd': {
      const { ssid, devno, bootprog: program, cylinder, head, record } = iplEckd.fields;
      const place = { ...cylinder, size: cylinder.size + head.size + record.size };
      return [
        read('fileBusId', device, ssid, 16n),
        read('fileBusId', device, devno),
        bootprog(program),
        read('fileBootRecord', `${folder}/br_chr`, place),
      ];
    }
    case 'fcp': {
      const { fields } = iplFcp;
      return [
        read('fileBusId', device, fields.devno),
        readSet(`${folder}/wwpn`, fields.wwpn),
        read('fileHex', `${folder}/lun`, fields.lun),
        bootprog(fields.bootprog),
        brLba(fields.brLba),
      ];
    }
    case 'nvme': {
      const { fields } = iplNvme;
      return [
        read('fileHex', `${folder}/fid`, fields.fid),
        readSet(`${folder}/nsid`, fields.nsid),
        bootprog(fields.bootprog),
        brLba(fields.brLba),
      ];
    }
  }
}

function liveOf(device: IplDevice): readonly LiveValue[] {
  const fcp = iplFcp.fields;
  switch (device.kind) {
    case 'firmware':
      return firmwareLive(`sys/firmware/${device.of}/${device.type}`, device.type);
    // Linux, drivers/s390/scsi/zfcp_sysfs.c.
    case 'scsi':
      return [
        read('fileBusId', `${device.folder}/hba_id`, fcp.devno),
        readSet(`${device.folder}/wwpn`, fcp.wwpn),
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
        // An NVMe disk is on no channel.
        ...(device.type === 'nvme'
          ? []
          : [{ kind: 'onlineFrom' as const, path: `${folder}/${device.type}/device`, value: '' }]),
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
