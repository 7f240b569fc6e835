/** A bundle as the difference looks at it. Nothing of it is parsed before its signature is right, unless asked for. */
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { type Bundle, openBundle } from '../seal/bundle.ts';
import { type Inspection, inspectBundle } from '../seal/inspect.ts';
import { verifyBundle } from '../seal/verify.ts';
import { sha256Bytes } from '../units/sha256.ts';
import { digestOf } from '../units/units.ts';

export type OpenedBundle = {
  readonly bundle: Bundle;
  readonly seen: Inspection;
  readonly verified: boolean;
  /** Members that are not what the seal says: only where nothing was verified. */
  readonly damaged: readonly string[];
};

/** Whom to trust, and when; undefined: nothing is verified. */
export type Trust = { readonly trust: readonly string[]; readonly now?: number } | undefined;

export async function openForDiff(
  host: Host,
  path: string,
  trust: Trust,
): Promise<Result<OpenedBundle>> {
  const steady = readingOnce(host, path);
  if (trust !== undefined) {
    const verified = await verifyBundle(steady, path, trust);
    if (!verified.ok) return verified;
  }
  const bundle = await openBundle(steady, path);
  if (!bundle.ok) return bundle;
  const seen = await inspectBundle(steady, path);
  if (!seen.ok) return seen;
  const digests = bundle.value.members.map(({ bytes }) => digestOf(sha256Bytes(bytes)));
  return ok({
    bundle: bundle.value,
    seen: seen.value,
    verified: trust !== undefined,
    damaged: seen.value.seal.members.flatMap(({ name, digest }, index) =>
      digests[index] === digest ? [] : [name],
    ),
  });
}

/** What is looked at is what was verified, whatever happens to the file meanwhile. */
function readingOnce(host: Host, path: string): Host {
  let bytes: Promise<Uint8Array | undefined> | undefined;
  return {
    ...host,
    readFile: (asked) => {
      if (asked !== path) return host.readFile(asked);
      bytes ??= host.readFile(path);
      return bytes;
    },
  };
}
