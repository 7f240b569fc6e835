import type { Host } from '../../host/host.ts';
import { ok, type Result } from '../../problem/result.ts';
import type { Issuer } from '../../sign/keygen.ts';
import { renderKeygen } from '../render-keygen.ts';
import { passphraseOf, readCertificateFiles, readNamed, readPassphrase } from '../signing.ts';
import type { Options, VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, _args, options) => {
  const days = readDays(options.text('days'));
  const authorityDays = readDays(options.text('authority-days'));
  for (const [name, given] of Object.entries({ days, 'authority-days': authorityDays }))
    if (Number.isNaN(given)) return { misuse: `--${name} takes a whole number from 1 to 36500` };
  const bits = Number(options.text('bits'));
  if (!Number.isInteger(bits)) return { misuse: '--bits takes a whole number' };
  if ((options.text('issuer-key') === undefined) !== (options.texts('issuer-cert').length === 0))
    return { misuse: '--issuer-key and --issuer-cert need each other' };
  const asked = readPassphrase(options);
  if (asked !== undefined && 'misuse' in asked) return asked;
  const passphrase = await passphraseOf(host, asked);
  if (!passphrase.ok) return passphrase;
  const issuer = await issuerOf(host, options, passphrase.value);
  if (!issuer.ok) return issuer;

  const { keygen } = await import('../../sign/keygen.ts');
  const keys = await progress.step('making keys', () =>
    keygen(host, {
      out: options.text('out') ?? 'keys',
      kind: options.flag('dev') ? 'development' : 'release',
      commonName: options.text('name') ?? 'crashseal',
      bits,
      days: days ?? 825,
      chain: options.flag('intermediate'),
      ...(authorityDays === undefined ? {} : { authorityDays }),
      ...(passphrase.value === undefined ? {} : { passphrase: passphrase.value }),
      ...(issuer.value === undefined ? {} : { issuer: issuer.value }),
    }),
  );
  if (!keys.ok) return keys;
  return ok({ text: renderKeygen(keys.value), json: keys.value, good: true });
};

/** NaN for what is no number of days. */
function readDays(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const days = Number(given);
  return Number.isInteger(days) && days >= 1 && days <= 36_500 ? days : Number.NaN;
}

async function issuerOf(
  host: Host,
  options: Options,
  passphrase: string | undefined,
): Promise<Result<Issuer | undefined>> {
  const path = options.text('issuer-key');
  if (path === undefined) return ok(undefined);
  const key = await readNamed(host, path, 'key');
  if (!key.ok) return key;
  const certificates = await readCertificateFiles(host, options.texts('issuer-cert'));
  if (!certificates.ok) return certificates;
  const { readKeyPair } = await import('../../sign/sign.ts');
  return readKeyPair(key.value, certificates.value, passphrase);
}
