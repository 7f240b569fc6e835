import { showDate } from '../units/time.ts';

export type KeygenView = {
  readonly trust: string | undefined;
  readonly certificate: string;
  readonly key: string;
  readonly notAfter: number;
};

export const renderKeygen = (keys: KeygenView): string =>
  [
    ...(keys.trust === undefined
      ? []
      : [`trust        ${keys.trust}    for machines, as /etc/crashseal/trust.pem`]),
    `certificate  ${keys.certificate}    of the signer, until ${showDate(keys.notAfter)}`,
    `key          ${keys.key}    to sign with; keep it secret`,
    '',
    `crashseal build --key ${keys.key} --cert ${keys.certificate} PROFILE`,
    '',
  ].join('\n');
