import type { Explanation } from './explanation.ts';

/** What can be wrong with dumps that are fetched. Data only: the wording is below. */
export type SavecoreProblem =
  | { readonly kind: 'nothing-there'; readonly path: string }
  | {
      readonly kind: 'no-dump';
      readonly path: string;
      readonly why: 'empty' | 'foreign' | 'overwritten' | 'layout';
    }
  | {
      readonly kind: 'dump-useless';
      readonly dump: string;
      readonly why: 'foreign' | 'header' | 'parts' | 'unreadable';
      readonly detail: string;
    }
  | { readonly kind: 'already-there'; readonly folder: string; readonly dump: string }
  | { readonly kind: 'disk-full'; readonly folder: string; readonly dump: string }
  | {
      readonly kind: 'identity-useless';
      readonly path: string;
      readonly why: 'unreadable' | 'passphrase' | 'other-type';
    }
  | { readonly kind: 'identity-wrong'; readonly dump: string; readonly count: number };

export function explainSavecore(problem: SavecoreProblem): Explanation {
  switch (problem.kind) {
    case 'nothing-there':
      return {
        message: `${problem.path} is neither a file, a block device nor a folder`,
        notes: [],
        hint: 'check the path',
      };
    case 'no-dump':
      return {
        message: `${problem.path} ${noDump[problem.why].what}`,
        notes: [],
        hint: noDump[problem.why].hint,
      };
    case 'dump-useless':
      return {
        message: `${problem.dump} cannot be read: ${useless[problem.why]}`,
        notes: [problem.detail],
        hint: 'look with --list at what is there; other dumps of the same device are saved all the same',
      };
    case 'already-there':
      return {
        message: `${problem.folder} exists, so ${problem.dump} is not saved`,
        notes: [],
        hint: 'if it is the same dump, it has been saved before; else give another folder with --out',
      };
    case 'disk-full':
      return {
        message: `${problem.dump} does not fit into ${problem.folder}: the disk is full`,
        notes: ['what was written of it has been removed'],
        hint: 'free some space, or give another folder with --out',
      };
    case 'identity-useless':
      return {
        message: `${problem.path} ${identity[problem.why].what}`,
        notes: [],
        hint: identity[problem.why].hint,
      };
    case 'identity-wrong':
      return {
        message: `${problem.dump} is encrypted to somebody else`,
        notes: [
          `${problem.count === 1 ? 'the identity given does not' : `none of the ${problem.count} identities given does`} open it`,
        ],
        hint: 'give the secret key of a `recipient` of the profile with --identity',
      };
  }
}

const noDump = {
  empty: {
    what: 'holds no dump: it is blank',
    hint: 'nothing has panicked, or the dump went elsewhere',
  },
  foreign: {
    what: 'holds no dump of crashseal',
    hint: 'name a dump target or the disk that it is a partition of, a copy of one, a dump file, or the folder of a dump; of a file system, what is in it is read where it is mounted',
  },
  overwritten: {
    what: 'has the record of a dump at its end, but holds something else',
    hint: 'the device has been used for something else since; the dump is lost',
  },
  layout: {
    what: 'has a record at its end that makes no sense',
    hint: 'it was damaged, or made by a newer version; copy the device and look at its last 4096 bytes',
  },
} as const;

const useless = {
  foreign: 'it begins like no dump',
  header: 'its header of age is damaged',
  parts: 'its parts are not all there',
  unreadable: 'the disk is damaged',
} as const;

const identity = {
  unreadable: {
    what: 'holds no identity',
    hint: 'name a file of age-keygen (`AGE-SECRET-KEY-1…`), or an OpenSSH private key (ed25519)',
  },
  passphrase: {
    what: 'is protected by a passphrase',
    hint: 'make a copy without one (`ssh-keygen -p`, or `age -d` for an identity file) where it cannot leak, and delete it afterwards',
  },
  'other-type': {
    what: 'is an OpenSSH key of another type than ed25519',
    hint: 'recipients are age keys and ssh-ed25519 keys; give one of those',
  },
} as const;
