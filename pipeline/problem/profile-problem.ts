import { type CrashkernelMistake, explainCrashkernel } from './crashkernel-mistake.ts';
import { type DeviceMistake, explainDevice } from './device-mistake.ts';
import { type DumpconfProblem, explainDumpconf } from './dumpconf-problem.ts';
import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';
import { explainNetwork, type NetworkMistake } from './network-mistake.ts';
import { explainPolicy, type PolicyProblem } from './policy-problem.ts';
import { explainProfileFile, type ProfileFileProblem } from './profile-file-problem.ts';
import { explainServer, type ServerMistake } from './server-mistake.ts';
import { explainTarget, type TargetProblem } from './target-problem.ts';

/** What can be wrong with a profile. Data only: the wording is below. */
export type ProfileProblem =
  | DumpconfProblem
  | PolicyProblem
  | ProfileFileProblem
  | TargetProblem
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
  | (Found & { readonly kind: 'device-useless'; readonly mistake: DeviceMistake })
  | {
      readonly kind: 'server-useless';
      readonly place: SourcePlace;
      readonly key: string;
      readonly mistake: ServerMistake;
    }
  | (Found & { readonly kind: 'network-useless'; readonly mistake: NetworkMistake })
  | (Found & { readonly kind: 'bus-id-malformed' })
  | (Found & {
      readonly kind: 'bus-id-ssid';
      readonly ssid: string;
      /** The last subchannel set that is possible here. */
      readonly last: number;
    })
  | {
      readonly kind: 'uart-port-unknown';
      readonly place: SourcePlace;
      readonly device: string;
      readonly known: readonly string[];
    }
  | {
      readonly kind: 'uart-address-missing';
      readonly place: SourcePlace;
      readonly device: string;
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
    case 'dumpconf-syntax':
    case 'dumpconf-unknown-setting':
    case 'dumpconf-unsupported':
    case 'dumpconf-missing':
      return explainDumpconf(problem);
    case 'policy-not-final':
    case 'policy-after-final':
    case 'policy-step-twice':
    case 'message-without-console':
    case 'return-in-start-call':
    case 'wait-code':
    case 'ipl-device-count':
    case 'ipl-key-without-effect':
    case 'wwpn-malformed':
    case 'lun-malformed':
    case 'nvme-number-malformed':
    case 'boot-record-outside':
    case 'text-too-long':
    case 'text-characters':
      return explainPolicy(problem);
    case 'keys-exclude-each-other':
    case 'same-target-twice':
    case 'recipient-useless':
    case 'needs-local-overlay':
    case 'luks-passphrase':
    case 'luks-not-said':
    case 'luks-not-in-stack':
    case 'mount-option':
      return explainTarget(problem);
    case 'no-file':
    case 'not-a-file':
    case 'too-large':
    case 'extends-too-many':
    case 'not-text':
    case 'second-document':
    case 'key-twice':
    case 'syntax':
    case 'unsupported-yaml':
    case 'not-a-map':
    case 'extends-cycle':
      return explainProfileFile(problem);
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
    case 'device-useless':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, and no dump can be saved there`,
        ...explainDevice(problem.mistake),
      };
    case 'server-useless': {
      const { message, notes, hint } = explainServer(problem.mistake);
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` ${message}`,
        notes,
        hint,
      };
    }
    case 'network-useless':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is ${problem.found}, and no capture kernel can use that`,
        ...explainNetwork(problem.mistake),
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
    case 'uart-port-unknown':
      return {
        message: `${showPlace(problem.place)}: console device ${problem.device} needs a \`port\``,
        notes: [`ports known by name: ${list(problem.known)}`],
        hint: 'take it from /proc/tty/driver/serial of the machine (`port:0000F000` is "0xf000")',
      };
    case 'uart-address-missing':
      return {
        message: `${showPlace(problem.place)}: console device ${problem.device} needs an \`address\``,
        notes: [],
        hint: 'take it from the boot log of the machine: `10000000.serial: ttyS0 at MMIO 0x10000000`',
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
