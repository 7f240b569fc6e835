/** Whether a value of a profile holds a private key. YAML may have folded its lines into one. */
import { holdsPrivateKey } from '../units/private-key.ts';

export const isSecretText = (text: string): boolean =>
  /PRIVATE KEY/.test(text) || holdsPrivateKey(Buffer.from(text));
