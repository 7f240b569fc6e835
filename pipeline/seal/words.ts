/** What a seal and its purgatory say, in words: of steps, devices and match rules. */

import type { IplBlock } from '../format/ipl-block.ts';
import { fileLosses, fileReasons } from '../format/seal-layout.ts';
import { kebabCase } from '../units/kebab-case.ts';
import { hex } from '../units/units.ts';
import type { PurgatoryView, StepPage } from './purgatory-view.ts';
import type { Seal } from './seal-codec.ts';

type Step = PurgatoryView['policy'][number];

const deviceWords = (block: IplBlock): string => {
  const number = (value: number, digits: number): string =>
    value.toString(16).padStart(digits, '0');
  const wide = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
  switch (block.kind) {
    case 'ccw':
    case 'eckd':
      return `${block.kind} 0.${block.ssid}.${number(block.devno, 4)}`;
    case 'fcp':
      return `fcp 0.0.${number(block.devno, 4)} ${wide(block.wwpn)} ${wide(block.lun)}`;
    case 'nvme':
      return `nvme 0x${number(block.fid, 8)} 0x${number(block.nsid, 8)}`;
  }
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function iplWords({ args }: Step, view: StepPage | undefined): string {
  const block = view?.device;
  const device =
    block === undefined
      ? 'an unknown device'
      : view?.from.length === 0
        ? deviceWords(block)
        : `${block.kind} that /${folderOf(view?.from[0] ?? '')} names at load`;
  const [, delay = 0n, options = 0n] = args;
  return [
    `ipl ${device}`,
    ...(delay === 0n ? [] : [`after ${delay} s`]),
    ...(block?.loadparm === undefined ? [] : [`loadparm ${JSON.stringify(block.loadparm)}`]),
    ...(block === undefined || block.scpData === ''
      ? []
      : [`with ${JSON.stringify(block.scpData)}`]),
    ...((options & 2n) === 0n ? [] : ['then re-IPL']),
    ...((options & 1n) === 0n ? [] : ['TESTING: subcode 3 allowed']),
  ].join(', ');
}

function commandWords(page: StepPage | undefined): string {
  if (page?.commands === undefined) return 'vmcmd with unknown commands';
  const [file] = page.from;
  return file === undefined
    ? `vmcmd ${page.commands.map((command) => JSON.stringify(command)).join(', ')}`
    : `vmcmd with what /${file} holds at load`;
}

function stepWords(step: Step, page: StepPage | undefined): string {
  const { kind, args } = step;
  if (kind === 'ipl') return iplWords(step, page);
  if (kind === 'vmcmd') return commandWords(page);
  if (kind === 'wait')
    return args[0] === 0n ? 'wait, the code says why' : `wait ${hex(args[0] ?? 0n)}`;
  const used = args.filter((arg) => arg !== 0n).map((arg) => ` ${hex(arg)}`);
  return `${kind}${used.join('')}`;
}

const callWords = ({ flags }: Step): string => {
  if (flags.includes('notInCheckCall')) return 'start call: ';
  return flags.includes('notInStartCall') ? 'check call: ' : '';
};

/** What a bundle loses where kexec_file_load(2) loads it: names as the loader says them, and meanings. */
export const lossWords: readonly (readonly [name: string, meaning: string])[] = Object.entries(
  fileLosses,
).map(([name, { doc }]) => [kebabCase(name), doc]);

/** Why kexec_file_load(2) was taken: names as the loader says them, and meanings. */
export const fileReasonWords: ReadonlyMap<string, string> = new Map(
  Object.entries(fileReasons).map(([name, { doc }]) => [kebabCase(name), doc]),
);

/** Each step of the policy. */
export const policyWords = (view: PurgatoryView, pages: readonly StepPage[]): readonly string[] =>
  view.policy.map(
    (step, index) =>
      callWords(step) +
      stepWords(
        step,
        pages.find((one) => one.step === index),
      ),
  );

export function matchWords({ kind, path, value }: Seal['match'][number]): string {
  switch (kind) {
    case 'equals':
      return `/${path} is ${JSON.stringify(value)}`;
    case 'prefix':
      return `/${path} starts with ${JSON.stringify(value)}`;
    case 'present':
    case 'absent':
      return `/${path} is ${kind}`;
    case 'online':
      return `CCW device ${value} is online`;
    case 'onlineFrom':
      return `the CCW device that /${path} names is online`;
    case 'buildId':
      return `the build id in /${path} is ${value}`;
    case 'inOverlay':
      return `the local overlay brings /${path}`;
  }
}
