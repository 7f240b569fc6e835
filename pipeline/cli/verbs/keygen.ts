import type { Host } from '../../host/host.ts';
import { ok, type Result } from '../../problem/result.ts';
import type { Issuer } from '../../sign/keygen.ts';
import { renderKeygen } from '../render-keygen.ts';
import { passphraseFrom, passphraseOf, readCertificateFiles, readNamed } from '../signing.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'keygen'>>['run'] = async (
  { host, progress },
  _args,
  options,
) => {
  const { out, name, days, bits, 'authority-days': authorityDays } = options;
  const passphrase = await passphraseOf(host, passphraseFrom(options));
  if (!passphrase.ok) return passphrase;
  const issuer = await issuerOf(host, options, passphrase.value);
  if (!issuer.ok) return issuer;

  const { keygen } = await import('../../sign/keygen.ts');
  const keys = await progress.step('making keys', () =>
    keygen(host, {
      out,
      kind: options.dev ? 'development' : 'release',
      commonName: name,
      bits,
      days,
      chain: options.intermediate,
      tester: options.tester,
      ...(authorityDays === undefined ? {} : { authorityDays }),
      ...(passphrase.value === undefined ? {} : { passphrase: passphrase.value }),
      ...(issuer.value === undefined ? {} : { issuer: issuer.value }),
    }),
  );
  if (!keys.ok) return keys;
  return ok({ text: renderKeygen(keys.value), json: keys.value, good: true });
};

async function issuerOf(
  host: Host,
  options: OptionsOf<'keygen'>,
  passphrase: string | undefined,
): Promise<Result<Issuer | undefined>> {
  const path = options['issuer-key'];
  if (path === undefined) return ok(undefined);
  const key = await readNamed(host, path, 'key');
  if (!key.ok) return key;
  const certificates = await readCertificateFiles(host, options['issuer-cert']);
  if (!certificates.ok) return certificates;
  const { readKeyPair } = await import('../../sign/sign.ts');
  return readKeyPair(key.value, certificates.value, passphrase);
}
