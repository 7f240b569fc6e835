import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';

/** What can be wrong with the steps of `onCorruption`. */
export type PolicyProblem =
  | {
      readonly kind: 'policy-not-final';
      readonly place: SourcePlace;
      readonly last: string;
      /** Where there is more than one. */
      readonly call: string | undefined;
      readonly finals: readonly string[];
    }
  | {
      readonly kind: 'policy-after-final';
      readonly place: SourcePlace;
      readonly step: string;
      readonly final: string;
    }
  | { readonly kind: 'policy-step-twice'; readonly place: SourcePlace; readonly step: string }
  | { readonly kind: 'message-without-console'; readonly place: SourcePlace }
  | { readonly kind: 'return-in-start-call'; readonly place: SourcePlace }
  | (Found & { readonly kind: 'wait-code'; readonly mistake: WaitCodeMistake })
  | {
      readonly kind: 'ipl-device-count';
      readonly place: SourcePlace;
      readonly found: readonly string[];
      readonly known: readonly string[];
    }
  | {
      readonly kind: 'ipl-key-without-effect';
      readonly place: SourcePlace;
      readonly key: string;
      readonly belongsTo: string;
    }
  | (Found & {
      readonly kind: 'wwpn-malformed' | 'lun-malformed' | 'nvme-number-malformed';
      readonly digits: number;
    })
  | (Found & { readonly kind: 'boot-record-outside' })
  | {
      readonly kind: 'text-too-long';
      readonly place: SourcePlace;
      readonly key: string;
      readonly length: number;
      readonly maximum: number;
    }
  | (Found & { readonly kind: 'text-characters'; readonly allowed: string });

type Found = { readonly place: SourcePlace; readonly key: string; readonly found: string };

/** Why a PSW address cannot serve as a code for an operator. */
export type WaitCodeMistake =
  | { readonly kind: 'form' }
  | { readonly kind: 'range' }
  | { readonly kind: 'quiesce' }
  | { readonly kind: 'dumper' }
  | { readonly kind: 'own' };

const list = (words: readonly string[]): string => words.join(', ');

export function explainPolicy(problem: PolicyProblem): Explanation {
  switch (problem.kind) {
    case 'policy-not-final':
      return {
        message: `${showPlace(problem.place)}: onCorruption ends with \`${problem.last}\`, which does not end the machine${problem.call === undefined ? '' : ` in the ${problem.call} call`}`,
        notes: [],
        hint: `end with ${problem.finals.map((step) => `\`${step}\``).join(' or ')}${problem.call === undefined ? '' : `, taken in the ${problem.call} call`}`,
      };
    case 'policy-after-final':
      return {
        message: `${showPlace(problem.place)}: onCorruption never reaches \`${problem.step}\`, because the earlier step \`${problem.final}\` is final`,
        notes: [],
        hint: `move \`${problem.final}\` to the end, or drop the steps after it`,
      };
    case 'policy-step-twice':
      return {
        message: `${showPlace(problem.place)}: onCorruption has \`${problem.step}\` twice`,
        notes: [],
        hint: 'drop one of them',
      };
    case 'message-without-console':
      return {
        message: `${showPlace(problem.place)}: onCorruption has the step \`message\`, but the profile names no console for it`,
        notes: [],
        hint: 'name the console (`console: { device: ttyS0 }`), or drop the step',
      };
    case 'return-in-start-call':
      return {
        message: `${showPlace(problem.place)}: \`return\` is not possible in the start call: the crashed kernel no longer runs`,
        notes: [],
        hint: 'drop `in`: this step is for the check call',
      };
    case 'wait-code':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, ${waitCodeWords(problem.mistake)}`,
        notes: [],
        hint: 'choose another code such as "0xd0d0", or drop `code`',
      };
    case 'ipl-device-count':
      return {
        message:
          problem.found.length === 0
            ? `${showPlace(problem.place)}: the step \`ipl\` does not say from which device`
            : `${showPlace(problem.place)}: the step \`ipl\` has more than one device: ${list(problem.found)}`,
        notes: [],
        hint: `give it one of ${list(problem.known)}`,
      };
    case 'ipl-key-without-effect':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` has no meaning for this device`,
        notes: [`it belongs to ${problem.belongsTo}`],
        hint: 'drop it',
      };
    case 'wwpn-malformed':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, which is not a WWPN`,
        notes: [`a WWPN is 0x and ${problem.digits} hex digits, not all zero, in quotes`],
        hint: inQuotes(problem) ?? 'take it from `lszfcp -P`, such as "0x500507630300c562"',
      };
    case 'lun-malformed':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, which is not an FCP LUN`,
        notes: [`an FCP LUN is 0x and ${problem.digits} hex digits, in quotes`],
        hint:
          inQuotes(problem) ??
          'take it from `lszfcp -D`, such as "0x4010401100000000"; it is not the number of the SCSI device',
      };
    case 'nvme-number-malformed':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, not 0x and ${problem.digits} hex digits`,
        notes: [],
        hint: inQuotes(problem) ?? 'take it from /sys/firmware/dump/nvme, such as "0x00000001"',
      };
    case 'boot-record-outside':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, which is not a possible place of a boot record`,
        notes: ['the cylinder is at most 65535, head and record are at most 255'],
        hint: 'use `auto`, or three smaller numbers',
      };
    case 'text-too-long':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` has ${problem.length} characters, but there is room for ${problem.maximum} only`,
        notes: [],
        hint: 'shorten it',
      };
    case 'text-characters':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, which has characters that are not allowed here`,
        notes: [`it takes ${problem.allowed}`],
        hint: 'remove these characters',
      };
  }
}

/** For text that looks like a number: without quotes, YAML reads it as a number. */
const inQuotes = (problem: {
  readonly found: string;
  readonly digits: number;
}): string | undefined =>
  new RegExp(`^0x[0-9a-fA-F]{${problem.digits}}$`).test(problem.found)
    ? `put it in quotes: "${problem.found}"`
    : undefined;

function waitCodeWords(mistake: WaitCodeMistake): string {
  switch (mistake.kind) {
    case 'form':
      return 'which is not a hex number in quotes';
    case 'range':
      return 'but a code must be from 0x1 to 0x7fffffff';
    case 'quiesce':
      return 'but hypervisors take an address ending in fff for an orderly shutdown';
    case 'dumper':
      return 'but the dump tools of s390-tools use the codes 0x4500 to 0x46ff';
    case 'own':
      return 'but purgatory uses 0xc500 to 0xc5ff for what it found';
  }
}
