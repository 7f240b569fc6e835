import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';
import { explainRecipient, type RecipientMistake } from './recipient-mistake.ts';

/** What can be wrong with the places that a dump goes to, beyond each kind's own keys. */
export type TargetProblem =
  | {
      readonly kind: 'recipient-useless';
      readonly place: SourcePlace;
      readonly found: string;
      readonly mistake: RecipientMistake;
    }
  | {
      readonly kind: 'keys-exclude-each-other';
      readonly place: SourcePlace;
      readonly keys: readonly [string, string];
      readonly other: SourcePlace;
    }
  | {
      readonly kind: 'same-target-twice';
      readonly place: SourcePlace;
      readonly key: string;
      readonly first: SourcePlace;
    }
  | {
      readonly kind: 'needs-local-overlay';
      readonly place: SourcePlace;
      readonly key: string;
      readonly files: readonly string[];
    }
  | {
      /** Argon2 takes more memory than a crash region has, and a bundle holds no secret. */
      readonly kind: 'luks-passphrase';
      readonly place: SourcePlace;
      readonly key: string;
    }
  | { readonly kind: 'luks-not-said'; readonly place: SourcePlace; readonly key: string }
  | { readonly kind: 'luks-not-in-stack'; readonly place: SourcePlace; readonly key: string }
  | {
      readonly kind: 'mount-option';
      readonly place: SourcePlace;
      readonly key: string;
      readonly found: string;
      readonly instead: string;
    };

export function explainTarget(problem: TargetProblem): Explanation {
  switch (problem.kind) {
    case 'keys-exclude-each-other': {
      const [key, other] = problem.keys;
      return {
        message: `${showPlace(problem.place)}: a profile has \`${key}\` or \`${other}\`, not both`,
        notes: [`\`${other}\` is set at ${showPlace(problem.other)}`],
        hint: `move what \`${other}\` says into the list of \`${key}\``,
      };
    }
    case 'recipient-useless':
      return {
        message: `${showPlace(problem.place)}: \`recipient\` is ${problem.found}, and no dump can be encrypted to it`,
        ...explainRecipient(problem.mistake),
      };
    case 'mount-option':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is \`${problem.found}\`, which a profile cannot choose here`,
        notes: [],
        hint: problem.instead,
      };
    case 'same-target-twice':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is the same target as an earlier one`,
        notes: [`the earlier one is at ${showPlace(problem.first)}`],
        hint: 'drop one of them: what failed once is not tried again',
      };
    case 'needs-local-overlay':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` needs ${problem.files.join(' and ')}, which only a local overlay may bring`,
        notes: ['a bundle holds no secret; the profile allows no local overlay'],
        hint: 'add `localOverlay: { max: 64K }`',
      };
    case 'luks-passphrase':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is refused: no passphrase opens a LUKS volume in the capture kernel`,
        notes: [
          'the key is derived from a passphrase with Argon2, which takes up to 1 GiB of memory, more than a crash region has',
          'a bundle holds no secret',
        ],
        hint: 'drop it, write the volume key with `cryptsetup luksDump --dump-volume-key --volume-key-file volume-key DEVICE`, and hand it to `crashseal-load --overlay` as the file that `luks.volumeKey` names',
      };
    case 'luks-not-said':
      return {
        message: `${showPlace(problem.place)}: \`stack\` opens a LUKS volume, and \`${problem.key}\` does not say which`,
        notes: [],
        hint: `add \`luks: { uuid: … }\`, as \`cryptsetup luksUUID DEVICE\` shows it`,
      };
    case 'luks-not-in-stack':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` names a LUKS volume, and \`stack\` does not open one`,
        notes: [],
        hint: 'add `luks` to `stack`, above what the volume is made of, or drop it here',
      };
  }
}
