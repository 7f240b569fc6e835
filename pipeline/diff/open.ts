/** A bundle as the difference looks at it. Nothing of it is parsed before its signature is right, unless asked for. */
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { type Bundle, digestsOf, openBundle } from '../seal/bundle.ts';
import { type Inspection, inspectOpened } from '../seal/inspect.ts';
import { openVerified } from '../seal/verify.ts';

export type OpenedBundle = {
  readonly bundle: Bundle;
  readonly seen: Inspection;
  readonly verified: boolean;
  /** Members that are not what the seal says: only where nothing was verified. */
  readonly damaged: readonly string[];
};

/** Whom to trust, and when; undefined: nothing is verified. */
export type Trust = { readonly trust: readonly string[]; readonly now?: number } | undefined;

/** The file is read once: what is looked at is what was verified, whatever happens to it meanwhile. */
export async function openForDiff(
  host: Host,
  path: string,
  trust: Trust,
): Promise<Result<OpenedBundle>> {
  const opened = await open(host, path, trust);
  if (!opened.ok) return opened;
  const bundle = opened.value;
  const seen = inspectOpened(bundle, host.now());
  if (!seen.ok) return seen;
  const digests = await digestsOf(host, bundle);
  return ok({
    bundle,
    seen: seen.value,
    verified: trust !== undefined,
    damaged: seen.value.seal.members.flatMap(({ name, digest }, index) =>
      digests[index] === digest ? [] : [name],
    ),
  });
}

async function open(host: Host, path: string, trust: Trust): Promise<Result<Bundle>> {
  if (trust === undefined) return openBundle(host, path);
  const verified = await openVerified(host, path, { ...trust, untried: true });
  return verified.ok ? ok(verified.value.bundle) : verified;
}
