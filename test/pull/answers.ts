/** What a registry answers to a machine: what it has, or what a bad one would say. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { sliceBundle } from '../../pipeline/registry/open-bundle.ts';
import { must } from '../fixtures/results.ts';

export type Asked = { readonly path: string; readonly headers: IncomingMessage['headers'] };
export type Answering = (asked: Asked, response: ServerResponse) => void;

/** What a registry has of a bundle with the tag `web`, by the end of the path. */
export async function holding(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const { manifest, slices } = must(await sliceBundle(memoryHost({ '/b': bytes }), '/b'));
  const held = new Map([['manifests/web', manifest.bytes]]);
  for (const { digest, read, size } of slices)
    held.set(`blobs/sha256:${digest}`, await read(0, size));
  return held;
}

/** It gives what it has; `change` may spoil it on the way. */
export const honest =
  (
    held: ReadonlyMap<string, Uint8Array>,
    change?: (path: string, bytes: Uint8Array) => Uint8Array,
  ): Answering =>
  ({ path }, response) => {
    const key = path.replace('/v2/kdump/', '').replace(/\?.*/, '');
    const bytes = held.get(key);
    response.writeHead(bytes === undefined ? 404 : 200);
    response.end(bytes === undefined ? '' : (change?.(key, bytes) ?? bytes));
  };

export const endless: Answering = (_, response) => {
  response.writeHead(200);
  const more = () => response.writable && response.write(Buffer.alloc(65_536), more);
  more();
};
