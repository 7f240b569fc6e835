/** Keys to test with, made once per file: RSA-2048, because a test has no time for more. */

import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import type { Certificate } from '../../pipeline/sign/certificate.ts';
import { type NamedFile, readCertificates } from '../../pipeline/sign/certificate-file.ts';
import { keygen } from '../../pipeline/sign/keygen.ts';
import { readSigner, type Signer } from '../../pipeline/sign/sign.ts';
import { readTrustStore } from '../../pipeline/sign/trust-store.ts';
import type { Trust } from '../../pipeline/sign/verify-signature.ts';

export const now = 1_800_000_000;

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

export const kinds = (result: Result<unknown>): readonly string[] =>
  result.ok ? [] : result.problems.map((problem) => problem.kind);

export type TestKeys = {
  readonly host: Host & { readonly paths: () => readonly string[] };
  readonly signer: Signer;
  readonly anchors: readonly Certificate[];
  /** What a machine with the trust store of these keys goes by. */
  readonly trust: Trust;
  readonly file: (name: string) => NamedFile;
};

export async function testKeys(
  options: {
    readonly chain?: boolean;
    readonly kind?: 'development' | 'release';
    readonly now?: number;
  } = {},
): Promise<TestKeys> {
  const host = memoryHost({}, { now: options.now ?? now });
  must(
    await keygen(host, {
      out: 'keys',
      kind: options.kind ?? 'release',
      commonName: 'Sample Signer',
      bits: 2048,
      days: 30,
      chain: options.chain ?? false,
    }),
  );
  const files = new Map<string, Uint8Array | undefined>();
  for (const path of host.paths()) files.set(path, await host.readFile(path));
  const file = (name: string): NamedFile => {
    const bytes = files.get(`/keys/${name}`);
    if (bytes === undefined) throw new Error(`no ${name}`);
    return { path: name, bytes };
  };
  return {
    host,
    file,
    signer: must(readSigner(file('signer.key'), file('signer.pem'))),
    anchors: must(readCertificates([file('root.pem')])),
    trust: { ...must(readTrustStore(file('trust.pem'))), revocations: undefined },
  };
}
