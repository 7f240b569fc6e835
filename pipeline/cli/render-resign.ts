import type { ResignReport } from '../seal/resign.ts';
import { showDate } from '../units/time.ts';
import { textTable } from './text-table.ts';

export const renderResign = ({ path, sealDigest, signatures }: ResignReport): string =>
  [
    path,
    ...textTable([
      ['  seal', sealDigest],
      ...signatures.map(({ signer, development, notAfter }, index) => [
        `  signature ${index + 1}`,
        `${signer}, until ${showDate(notAfter)}${development ? ', a DEVELOPMENT KEY: not for production' : ''}`,
      ]),
    ]),
    '',
  ].join('\n');
