/**
 * Who may sign for a machine, and on what terms: settings, then certificates in PEM.
 * docs/format.md, "The trust store". The loader reads the same file (loader/trust.c).
 */

export type TrustSettings = {
  /** How many different keys must have signed. */
  readonly threshold: number;
  /** Whether keys that were made for trying things out may sign. */
  readonly development: boolean;
  /** Whether there must be a revocation list. */
  readonly revocationRequired: boolean;
};

/** A trust store of these certificates; it says only what differs from the defaults. */
export function renderTrustStore(
  settings: Partial<TrustSettings>,
  certificates: readonly string[],
): string {
  return [
    '# Who may sign for these machines. docs/signing.md\n',
    ...(settings.development === true ? ['development: accept\n'] : []),
    ...certificates,
  ].join('');
}
