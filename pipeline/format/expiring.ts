/** What ends by a date, and is worth a warning before. One list: the loader, `build`, `verify` and docs show it. */
import { codeTable } from './code-table.ts';

/** From so many seconds before its end on. A month: time to sign anew and to bring it to every machine. */
export const expiresSoon = 30 * 86_400;

export const expiring = codeTable({
  bundle: { code: 1, doc: 'the bundle: `notAfter` of its profile' },
  certificate: { code: 2, doc: 'a certificate of the chain from a signer to what is trusted' },
  revocationList: {
    code: 3,
    doc: 'a certificate of the chain from who signed the revocation list',
  },
  tester: {
    code: 4,
    doc: 'a certificate of the chain from who attests that the bundle was tried, where the trust store asks for that',
  },
});
