/** Why a text is no public key that a dump can be encrypted to. */
export type RecipientMistake = {
  readonly kind:
    | 'secret'
    | 'form'
    | 'checksum'
    | 'small-order'
    | 'newer'
    | 'plugin'
    | 'ssh-type'
    | 'ssh-key';
};

type Words = { readonly notes: readonly string[]; readonly hint: string };

const sources =
  '`age-keygen -o key.txt` makes a key and shows its public part, which begins with `age1`';

export function explainRecipient({ kind }: RecipientMistake): Words {
  switch (kind) {
    case 'secret':
      return {
        notes: ['whoever has it can read every dump'],
        hint: 'put its public part here (`age-keygen -y key.txt`), and make a new key if this file was seen by others',
      };
    case 'form':
      return { notes: ['it begins with neither `age1` nor `ssh-ed25519`'], hint: sources };
    case 'checksum':
      return {
        notes: ['its letters do not fit its checksum: one of them is wrong, or some are missing'],
        hint: 'copy it again, all of it',
      };
    case 'small-order':
      return {
        notes: ['it is the key of nobody: nothing can be encrypted to it'],
        hint: sources,
      };
    case 'newer':
      return {
        notes: ["it is of a kind that the capture kernel's age does not know"],
        hint: 'take an `age1…` key of `age-keygen`, or an SSH key of type ed25519',
      };
    case 'plugin':
      return {
        notes: ['it needs a plugin of age, and there is none in the capture kernel'],
        hint: 'take an `age1…` key of `age-keygen`, or an SSH key of type ed25519',
      };
    case 'ssh-type':
      return {
        notes: ['of SSH keys only those of type ed25519 can be used'],
        hint: '`ssh-keygen -t ed25519` makes one',
      };
    case 'ssh-key':
      return {
        notes: [
          'what comes after `ssh-ed25519` is no key of that type: some of it is wrong or missing',
        ],
        hint: 'copy the line of the `.pub` file again, all of it',
      };
  }
}
