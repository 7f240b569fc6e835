/** The capture kernel's init, put together: its stages, what the kinds of target add, and what runs them. */
import { deviceSignatures } from '../../format/device-signatures.ts';
import { targetScripts } from '../../targets/targets.ts';
import attempt from './attempt.sh';
import bytes from './bytes.sh';
import ccwDevices from './ccw-devices.sh';
import deviceContent from './device-content.sh';
import dump from './dump.sh';
import finalAction from './final-action.sh';
import findDevice from './find-device.sh';
import hostName from './host-name.sh';
import init from './init.sh';
import kernelLog from './kernel-log.sh';
import ledger from './ledger.sh';
import log from './log.sh';
import marker from './marker.sh';
import modules from './modules.sh';
import mounts from './mounts.sh';
import network from './network.sh';
import remoteNames from './remote-names.sh';
import slots from './slots.sh';
import stack from './stack.sh';
import storeFiles from './store-files.sh';
import superblock from './superblock.sh';
import supervise from './supervise.sh';
import vmcore from './vmcore.sh';
import watchdog from './watchdog.sh';

const stages = [
  log,
  bytes,
  mounts,
  vmcore,
  kernelLog,
  hostName,
  modules,
  network,
  ccwDevices,
  findDevice,
  deviceContent,
  superblock,
  stack,
  marker,
  slots,
  ledger,
  dump,
  storeFiles,
  remoteNames,
  attempt,
  supervise,
  watchdog,
  finalAction,
];

/** As device-content.sh reads them. */
const signatures = `signatures='${deviceSignatures
  .map(({ offset, bytes: hex, name }) => `${offset}|${hex}|${name}`)
  .join('\n')}'\n`;

/** One shell script. It holds every kind of target: the settings in the overlay name the one that is meant. */
export const initScript: string = [
  '#!/bin/busybox sh\n',
  ...stages,
  signatures,
  ...targetScripts.map(({ text }) => text),
  init,
].join('\n');
