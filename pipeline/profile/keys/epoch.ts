import { whole } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';

export const epoch = profileKey('epoch', {
  schema: whole(0, Number.MAX_SAFE_INTEGER).default(0).meta({
    description:
      "Counts up when older bundles must not be loaded any more; compared with the machine's floor.",
  }),
  settle: (value): bigint => BigInt(value),
});
