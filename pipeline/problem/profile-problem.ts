import { hex } from '../units/units.ts';
import { type DeviceMistake, explainDevice } from './device-mistake.ts';
import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';

/** What can be wrong with a profile. Data only: the wording is below. */
export type ProfileProblem =
  | { readonly kind: 'no-file'; readonly file: string; readonly askedBy: SourcePlace | undefined }
  | { readonly kind: 'not-a-file'; readonly file: string }
  | { readonly kind: 'too-large'; readonly file: string; readonly most: string }
  | {
      readonly kind: 'extends-too-many';
      readonly place: SourcePlace;
      readonly most: number;
    }
  | { readonly kind: 'not-text'; readonly file: string }
  | { readonly kind: 'second-document'; readonly place: SourcePlace }
  | {
      readonly kind: 'key-twice';
      readonly place: SourcePlace;
      readonly key: string;
      readonly first: SourcePlace;
    }
  | { readonly kind: 'syntax'; readonly place: SourcePlace; readonly detail: string }
  | { readonly kind: 'unsupported-yaml'; readonly place: SourcePlace; readonly feature: string }
  | { readonly kind: 'not-a-map'; readonly place: SourcePlace }
  | {
      readonly kind: 'extends-cycle';
      readonly place: SourcePlace;
      readonly files: readonly string[];
    }
  | {
      readonly kind: 'unknown-key';
      readonly place: SourcePlace;
      readonly key: string;
      /** What to do in its place, where the key is known from elsewhere. */
      readonly instead?: string;
      readonly nearest: string | undefined;
      readonly known: readonly string[];
    }
  | {
      readonly kind: 'key-of-other-shape';
      readonly place: SourcePlace;
      readonly key: string;
      /** What the profile chose (`from: file`), and what the key belongs to. */
      readonly chosen: string;
      readonly belongsTo: readonly string[];
    }
  | {
      readonly kind: 'missing-key';
      readonly place: SourcePlace;
      readonly key: string;
      readonly expected: string;
      readonly example: string | undefined;
    }
  | {
      readonly kind: 'wrong-value';
      readonly place: SourcePlace;
      readonly key: string;
      readonly found: string;
      readonly expected: string;
      readonly example: string | undefined;
      readonly nearest: string | undefined;
      /** What to do in its place, where the value is known from elsewhere. */
      readonly instead?: string;
    }
  | {
      readonly kind: 'crashkernel';
      readonly place: SourcePlace;
      readonly option: string;
      readonly mistake: CrashkernelMistake;
    }
  | {
      readonly kind: 'not-on-arch';
      readonly place: SourcePlace;
      readonly key: string;
      readonly value: string;
      readonly arch: string;
      readonly known: readonly string[];
    }
  | {
      readonly kind: 'form-needs-word';
      readonly place: SourcePlace;
      readonly because: string;
      readonly form: string;
      readonly word: string;
      readonly formPlace: SourcePlace;
    }
  | {
      readonly kind: 'needs-segments';
      readonly place: SourcePlace;
      /** `kernelForm: direct`. */
      readonly what: string;
      readonly backend: string;
      readonly backendPlace: SourcePlace;
      readonly reason: string;
    }
  | {
      readonly kind: 'limit-forbids-rearm';
      readonly place: SourcePlace;
      readonly hotplugPlace: SourcePlace;
    }
  | {
      readonly kind: 'elf-takes-all';
      readonly place: SourcePlace;
      readonly key: 'dump.level' | 'dump.compression';
      readonly found: string;
      readonly only: string;
    }
  | {
      readonly kind: 'own-initramfs';
      readonly place: SourcePlace;
      readonly keys: readonly { readonly key: string; readonly place: SourcePlace }[];
    }
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
  | (Found & { readonly kind: 'device-useless'; readonly mistake: DeviceMistake })
  | (Found & { readonly kind: 'bus-id-malformed' })
  | (Found & {
      readonly kind: 'bus-id-ssid';
      readonly ssid: string;
      /** The last subchannel set that is possible here. */
      readonly last: number;
    })
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
  | (Found & { readonly kind: 'text-characters'; readonly allowed: string })
  | {
      readonly kind: 'dumpconf-syntax';
      readonly place: SourcePlace;
      readonly text: string;
    }
  | {
      readonly kind: 'dumpconf-unknown-setting';
      readonly place: SourcePlace;
      readonly name: string;
      readonly nearest: string | undefined;
    }
  | {
      readonly kind: 'dumpconf-unsupported';
      readonly place: SourcePlace;
      readonly name: string;
      readonly value: string;
      readonly known: readonly string[];
      readonly instead: string;
    }
  | {
      readonly kind: 'dumpconf-missing';
      readonly place: SourcePlace;
      readonly name: string;
      readonly because: string;
    }
  | {
      readonly kind: 'uart-port-unknown';
      readonly place: SourcePlace;
      readonly device: string;
      readonly known: readonly string[];
    }
  | {
      readonly kind: 'own-word';
      readonly place: SourcePlace;
      readonly word: string;
      readonly instead: string;
    }
  | {
      readonly kind: 'word-against-key';
      readonly place: SourcePlace;
      readonly word: string;
      readonly key: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'appended-and-removed';
      readonly place: SourcePlace;
      readonly word: string;
      readonly removedAt: SourcePlace;
    }
  | {
      readonly kind: 'same-name-twice';
      readonly place: SourcePlace;
      readonly other: SourcePlace;
      readonly name: string;
    }
  | {
      readonly kind: 'match-tests';
      readonly place: SourcePlace;
      readonly tests: readonly string[];
    };

type Found = { readonly place: SourcePlace; readonly key: string; readonly found: string };

/** Why a PSW address cannot serve as a code for an operator. */
export type WaitCodeMistake =
  | { readonly kind: 'form' }
  | { readonly kind: 'range' }
  | { readonly kind: 'quiesce' }
  | { readonly kind: 'dumper' }
  | { readonly kind: 'own' };

/** What can be wrong with the text after `crashkernel=`. */
export type CrashkernelMistake =
  | { readonly kind: 'prefix' }
  /** More than one option in one text: each, as it would be written alone. */
  | { readonly kind: 'several'; readonly options: readonly string[] }
  /** `256 MB`: what was probably meant. */
  | { readonly kind: 'unit'; readonly instead: string }
  | { readonly kind: 'auto' }
  | {
      readonly kind: 'unexpected';
      readonly wanted: string;
      /** Characters before the mistake. */
      readonly at: number;
      readonly rest: string;
    }
  | { readonly kind: 'leading-zero'; readonly number: string }
  | { readonly kind: 'too-large'; readonly number: string }
  | { readonly kind: 'tiny'; readonly size: bigint }
  | { readonly kind: 'range-empty'; readonly start: bigint; readonly end: bigint }
  | { readonly kind: 'ranges-overlap'; readonly start: bigint }
  | { readonly kind: 'never-fits'; readonly size: bigint; readonly end: bigint }
  | { readonly kind: 'offset-unaligned'; readonly offset: bigint; readonly align: bigint }
  | { readonly kind: 'cma' }
  | { readonly kind: 'no-high-low'; readonly form: string }
  | { readonly kind: 'twice'; readonly first: string }
  | { readonly kind: 'ignored'; readonly because: string }
  | { readonly kind: 'low-alone' };

/** `device` of `target.device`; a place in a list is left to its key. */
const lastKey = (key: string): string =>
  key
    .split('.')
    .filter((step) => !/^\d+$/.test(step))
    .at(-1) ?? key;

const list = (words: readonly string[]): string => words.join(', ');

/** Where it stands comes first, so that an editor or a terminal can jump there. */
export function explainProfile(problem: ProfileProblem): Explanation {
  switch (problem.kind) {
    case 'no-file':
      return problem.askedBy === undefined
        ? {
            message: `there is no profile ${problem.file}`,
            notes: [],
            hint: 'check the path, or write a starter with `crashseal init`',
          }
        : {
            message: `${showPlace(problem.askedBy)}: extends: there is no file ${problem.file}`,
            notes: [],
            hint: 'a relative path starts at the folder of the file that says `extends`',
          };
    case 'not-a-file':
      return {
        message: `${problem.file} is not a regular file`,
        notes: ['a FIFO, a device or a folder is not read as a profile'],
        hint: 'name a file; write the output of a command to a file first',
      };
    case 'too-large':
      return {
        message: `${problem.file} has more than ${problem.most}, which is the most that a profile may have`,
        notes: [],
        hint: 'check that this file is a profile; most profiles have less than 4 KiB',
      };
    case 'extends-too-many':
      return {
        message: `${showPlace(problem.place)}: the profile extends more than ${problem.most} files`,
        notes: [],
        hint: 'join files that are always extended together',
      };
    case 'second-document':
      return {
        message: `${showPlace(problem.place)}: a second YAML document starts here, and a profile is one`,
        notes: [],
        hint: 'put each profile in a file of its own; to share settings use `extends`',
      };
    case 'key-twice':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is written twice`,
        notes: [`the first one is at ${showPlace(problem.first)}`],
        hint: 'drop one, or write what both say below one key',
      };
    case 'not-text':
      return {
        message: `${problem.file} is not UTF-8 text`,
        notes: [],
        hint: 'a profile is a YAML file; to read a bundle, use `crashseal inspect`',
      };
    case 'syntax':
      return {
        message: `${showPlace(problem.place)}: ${problem.detail}`,
        notes: [],
        hint: 'a profile is YAML 1.2; indent with spaces, and quote text that holds ": " or " #"',
      };
    case 'unsupported-yaml':
      return {
        message: `${showPlace(problem.place)}: a profile cannot hold ${problem.feature}`,
        notes: [],
        hint: problem.feature.startsWith('a number')
          ? 'drop the zero, or write the number as 0x…'
          : 'to share settings between profiles use `extends`',
      };
    case 'not-a-map':
      return {
        message: `${showPlace(problem.place)}: a profile must be a map of keys`,
        notes: [],
        hint: 'start with `name:`, or write a starter with `crashseal init`',
      };
    case 'extends-cycle':
      return {
        message: `${showPlace(problem.place)}: extends: the profile extends itself`,
        notes: [`the circle is ${problem.files.join(' -> ')}`],
        hint: 'move what both need into a third file that extends neither',
      };
    case 'unknown-key':
      return {
        message: `${showPlace(problem.place)}: unknown key \`${problem.key}\``,
        notes:
          problem.nearest === undefined && problem.instead === undefined
            ? [`known here: ${list(problem.known)}`]
            : [],
        hint:
          problem.instead ??
          (problem.nearest === undefined
            ? 'docs/profile.md lists every key'
            : `did you mean \`${problem.nearest}\`?`),
      };
    case 'key-of-other-shape':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` has no meaning with \`${problem.chosen}\``,
        notes: [`it belongs to ${problem.belongsTo.map((one) => `\`${one}\``).join(' or ')}`],
        hint: `drop it, or change \`${problem.chosen}\``,
      };
    case 'missing-key':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is missing`,
        notes: problem.example === undefined ? [] : [`it takes ${problem.expected}`],
        hint:
          problem.example === undefined
            ? `give it ${problem.expected}`
            : `for example \`${lastKey(problem.key)}: ${problem.example}\``,
      };
    case 'wrong-value':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}`,
        notes: [`it takes ${problem.expected}`],
        hint:
          problem.instead !== undefined
            ? problem.instead
            : problem.nearest !== undefined
              ? `did you mean \`${problem.nearest}\`?`
              : problem.example !== undefined
                ? `for example \`${lastKey(problem.key)}: ${problem.example}\``
                : 'docs/profile.md has an example of every key',
      };
    case 'crashkernel':
      return explainCrashkernel(problem.place, problem.option, problem.mistake);
    case 'not-on-arch':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}: ${problem.value}\` does not exist on ${problem.arch}`,
        notes: [],
        hint:
          problem.known.length === 0
            ? `drop the key: ${problem.arch} has no such thing`
            : `${problem.arch} has: ${list(problem.known)}`,
      };
    case 'form-needs-word':
      return {
        message: `${showPlace(problem.place)}: this removes \`${problem.word}\`, but \`kernelForm: ${problem.form}\` needs it`,
        notes: [`kernelForm is set at ${showPlace(problem.formPlace)}`, problem.because],
        hint: `keep \`${problem.word}\`, or choose another \`kernelForm\``,
      };
    case 'needs-segments':
      return {
        message: `${showPlace(problem.place)}: \`${problem.what}\` does not work with \`backend: ${problem.backend}\``,
        notes: [`backend is set at ${showPlace(problem.backendPlace)}`, problem.reason],
        hint: 'use `backend: segments`, or drop the key (`null` drops an inherited one)',
      };
    case 'limit-forbids-rearm':
      return {
        message: `${showPlace(problem.place)}: with \`limitLoads\` the loader cannot arm again, which \`hotplug: rearm\` asks for`,
        notes: [`hotplug is set at ${showPlace(problem.hotplugPlace)}`],
        hint: 'drop one of the two keys (`null` drops an inherited one)',
      };
    case 'elf-takes-all':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, but \`dump.format: elf\` saves the vmcore as it is`,
        notes: [],
        hint: `use \`format: kdump\`, or leave ${problem.key} at ${problem.only}`,
      };
    case 'own-initramfs':
      return {
        message: `${showPlace(problem.place)}: a finished initramfs decides ${list(problem.keys.map(({ key }) => `\`${key}\``))} itself`,
        notes: problem.keys.map(({ key, place }) => `${key} is set at ${showPlace(place)}`),
        hint: 'drop these keys (`null` drops an inherited one), or let crashseal compose the initramfs with `from: composed`',
      };
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
    case 'device-useless':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, and no dump can be saved there`,
        ...explainDevice(problem.mistake),
      };
    case 'bus-id-malformed':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, which is not a bus id`,
        notes: ['a bus id is 0.S.DDDD: subchannel set and device number, in hex'],
        hint: 'take it from `lscss` or /sys/bus/ccw/devices, such as 0.0.4711',
      };
    case 'bus-id-ssid':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, but ${problem.last === 0 ? 'an FCP device' : 'a machine'} has no subchannel set ${problem.ssid}`,
        notes: [],
        hint:
          problem.last === 0
            ? 'an IPL from FCP needs a device of subchannel set 0'
            : `subchannel sets are 0 to ${problem.last}`,
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
    case 'dumpconf-syntax':
      return {
        message: `${showPlace(problem.place)}: not a plain assignment: ${problem.text}`,
        notes: ['the file is read, not run: no variables, commands or conditions'],
        hint: 'write NAME=value or NAME="value", one in a line',
      };
    case 'dumpconf-unknown-setting':
      return {
        message: `${showPlace(problem.place)}: dumpconf has no setting ${problem.name}`,
        notes: [],
        hint: problem.nearest === undefined ? 'drop the line' : `did you mean ${problem.nearest}?`,
      };
    case 'dumpconf-unsupported':
      return {
        message: `${showPlace(problem.place)}: ${problem.name}=${problem.value} cannot become part of a profile`,
        notes: problem.known.length === 0 ? [] : [`known here: ${list(problem.known)}`],
        hint: problem.instead,
      };
    case 'dumpconf-missing':
      return {
        message: `${showPlace(problem.place)}: ${problem.name} is missing, but ${problem.because} needs it`,
        notes: [],
        hint: `add ${problem.name}=… to the file`,
      };
    case 'uart-port-unknown':
      return {
        message: `${showPlace(problem.place)}: console device ${problem.device} needs a \`port\``,
        notes: [`ports known by name: ${list(problem.known)}`],
        hint: 'take it from /proc/tty/driver/serial of the machine (`port:0000F000` is "0xf000")',
      };
    case 'own-word':
      return {
        message: `${showPlace(problem.place)}: a profile cannot set \`${problem.word}\` on the command line`,
        notes: [],
        hint: problem.instead,
      };
    case 'word-against-key':
      return {
        message: `${showPlace(problem.place)}: \`${problem.word}\` is against \`${problem.key}\``,
        notes: [problem.reason],
        hint: `drop the word (\`commandLine.remove\` drops an inherited one), or change \`${problem.key}\``,
      };
    case 'appended-and-removed':
      return {
        message: `${showPlace(problem.place)}: \`${problem.word}\` is both appended and removed`,
        notes: [`it is removed at ${showPlace(problem.removedAt)}`],
        hint: 'drop one of the two',
      };
    case 'same-name-twice':
      return {
        message: `${showPlace(problem.place)}: another profile of this build has the name \`${problem.name}\``,
        notes: [`the other is at ${showPlace(problem.other)}`],
        hint: 'give each profile another name: the file of the bundle has that name',
      };
    case 'match-tests':
      return problem.tests.length === 0
        ? {
            message: `${showPlace(problem.place)}: the match rule does not say what to test`,
            notes: [],
            hint: 'add one of `equals`, `prefix`, `exists`',
          }
        : {
            message: `${showPlace(problem.place)}: the match rule has more than one test: ${list(problem.tests)}`,
            notes: [],
            hint: 'write one rule for each test; all rules must hold',
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

/** As the kernel writes sizes, exactly: `2G`, `1536M`, `33K`. */
function kernelSize(size: bigint): string {
  const suffix = ['G', 'M', 'K'].find((_, index) => size % (1n << BigInt(30 - 10 * index)) === 0n);
  const shift = { G: 30n, M: 20n, K: 10n }[suffix ?? ''];
  return shift === undefined ? `${size} bytes` : `${size >> shift}${suffix}`;
}

/** A number of megabytes that somebody may have meant. */
const mostMegabytes = 16_384n;

function explainCrashkernel(
  place: SourcePlace,
  option: string,
  mistake: CrashkernelMistake,
): Explanation {
  const at = `${showPlace(place)}: crashkernel=${option}`;
  switch (mistake.kind) {
    case 'prefix':
      return {
        message: `${showPlace(place)}: \`${option}\` contains the option's name`,
        notes: [],
        hint: 'write only the text after `crashkernel=`',
      };
    case 'unexpected':
      return {
        message: `${at}: expected ${mistake.wanted} ${mistake.rest === '' ? 'at the end' : `at "${mistake.rest}"`}`,
        notes: mistake.at === 0 ? [] : [`"${option.slice(0, mistake.at)}" was understood`],
        hint: 'write SIZE[@OFFSET], START-[END]:SIZE[,…], SIZE,high or SIZE,low, with K, M or G after numbers',
      };
    case 'several':
      return {
        message: `${showPlace(place)}: \`${option}\` is ${mistake.options.length} options in one text`,
        notes: [],
        hint: `write a list: \`crashkernel: [${mistake.options.map((one) => `"${one}"`).join(', ')}]\``,
      };
    case 'unit':
      return {
        message: `${at}: the kernel does not read sizes like this`,
        notes: [],
        hint: `did you mean \`${mistake.instead}\`?`,
      };
    case 'auto':
      return {
        message: `${at}: the size would depend on the kernel that boots, and a bundle is planned for a known one`,
        notes: ["`auto` and `default` are words of some distributions' kernels"],
        hint: 'write the size that the machine has in the end, such as `256M`; /proc/iomem shows it as "Crash kernel"',
      };
    case 'leading-zero':
      return {
        message: `${at}: the kernel reads ${mistake.number} as an octal number`,
        notes: [],
        hint: 'drop the leading zero',
      };
    case 'too-large':
      return {
        message: `${at}: ${mistake.number} does not fit in 64 bits`,
        notes: [],
        hint: 'reserve some hundred megabytes, such as 256M',
      };
    case 'tiny':
      return mistake.size === 0n
        ? {
            message: `${at} reserves nothing`,
            notes: [],
            hint: 'reserve some hundred megabytes, such as 256M',
          }
        : {
            message: `${at} reserves ${mistake.size} bytes`,
            notes: [],
            hint:
              mistake.size <= mostMegabytes
                ? `did you mean \`${mistake.size}M\`?`
                : 'reserve some hundred megabytes, such as 256M',
          };
    case 'range-empty':
      return {
        message: `${at}: the range ${kernelSize(mistake.start)}-${kernelSize(mistake.end)} is empty`,
        notes: [],
        hint: 'a range runs from the smaller to the larger number; the end is not part of it',
      };
    case 'ranges-overlap':
      return {
        message: `${at}: two ranges contain ${kernelSize(mistake.start)}; the kernel would take the first`,
        notes: [],
        hint: 'start each range where the previous one ends',
      };
    case 'never-fits':
      return {
        message: `${at}: ${kernelSize(mistake.size)} never fits into a machine with less than ${kernelSize(mistake.end)}`,
        notes: [],
        hint: 'RANGE:SIZE has the installed memory first and the reservation second',
      };
    case 'offset-unaligned':
      return {
        message: `${at}: the offset ${hex(mistake.offset)} is not a multiple of ${kernelSize(mistake.align)}`,
        notes: [],
        hint: 'leave the offset to the kernel, or round it',
      };
    case 'cma':
      return {
        message: `${at}: crashseal does not support memory that is reserved with ,cma`,
        notes: ['the kernel lends that memory out until the panic, so nothing can be loaded there'],
        hint: 'reserve with a plain size or with ,high',
      };
    case 'no-high-low':
      return {
        message: `${at}: this architecture has no ,${mistake.form}`,
        notes: [],
        hint: 'write the size alone',
      };
    case 'twice':
      return {
        message: `${at}: the kernel takes only the last option of a kind, and ${mistake.first} is of the same kind`,
        notes: [],
        hint: 'drop one; for several machine sizes write one list, 1G-8G:192M,8G-:256M',
      };
    case 'ignored':
      return {
        message: `${at}: the kernel ignores this option together with ${mistake.because}`,
        notes: [],
        hint: 'use a plain size, or ,high with ,low, not both',
      };
    case 'low-alone':
      return {
        message: `${at}: the kernel ignores this option without a ,high option`,
        notes: [],
        hint: 'add the main reservation, such as 256M,high',
      };
  }
}
