import * as z from 'zod';
import { readRecipient } from '../../age/recipient.ts';
import { showFound } from '../../schema/show-found.ts';
import { text } from '../../schema/takes.ts';
import { reportedBy } from '../at.ts';
import { profileKey } from '../key.ts';

const expects = 'a public key (`age1…` or `ssh-ed25519 …`), or a list of them';
const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : [value].flat();

export const recipient = profileKey('recipient', {
  schema: z
    .union([text(expects), z.array(text(expects), { error: expects }).min(1, { error: expects })], {
      error: expects,
    })
    .optional()
    .meta({
      description:
        "Public keys that the dump and the kernel's log are encrypted to before they leave memory, with `age`, for any target. Each of their secret keys alone opens a dump.",
      defaultText: 'not encrypted',
      examples: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
    }),
  settle: (value): readonly string[] =>
    list(value).flatMap((one) => {
      const read = readRecipient(one);
      return read.ok ? [read.recipient] : [];
    }),
  checks: [
    {
      with: [],
      find: (value, { place }) =>
        reportedBy((report) => {
          for (const [index, one] of list(value).entries()) {
            const read = readRecipient(one);
            if (!read.ok)
              report({
                kind: 'recipient-useless',
                place: place('recipient', index),
                // A secret is not shown to whoever reads a log of the build.
                found: read.mistake.kind === 'secret' ? 'a secret key' : showFound(one),
                mistake: read.mistake,
              });
          }
        }),
    },
  ],
  problems: ['recipient-useless', 'own-initramfs'],
});
