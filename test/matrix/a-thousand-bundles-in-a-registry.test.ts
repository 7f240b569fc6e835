/** A thousand bundles of one kernel in Debian's docker-registry: requests and time, beside a client that knows only manifests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { runForJson } from '../cli/memory-world.ts';
import { fleetBundle } from '../registry/fixture.ts';
import { RegistryServer, skopeo } from '../support/servers/registry-server.ts';

const count = 1000;
/** Of these the plain client is measured: it takes a process for each. */
const sample = 50;

test('a thousand bundles of one kernel are pushed, and pushed again', async ({ annotate }) => {
  const host = realHost();
  const folder = mkdtempSync(join(tmpdir(), 'thousand-'));
  const server = await RegistryServer.start(join(folder, 'server'));
  try {
    const files: string[] = [];
    for (let at = 0; at < count; at++) {
      const profile = `web-${at}`;
      const file = join(folder, `${profile}.crashseal`);
      writeFileSync(file, await fleetBundle({ profile, base: 300_000, ownTail: true }));
      files.push(file);
    }
    const measured = async (work: () => Promise<void> | void) => {
      const before = server.requests.length;
      const start = performance.now();
      await work();
      const seconds = (performance.now() - start) / 1000;
      return { seconds, requests: server.requests.length - before };
    };
    const push = (repository: string, of: readonly string[], fate: string) =>
      measured(async () => {
        const words = ['push', ...server.options, `${server.host}/${repository}`, ...of];
        const pushed = await runForJson(words, host);
        expect(pushed.refused).toEqual([]);
        expect(new Set(pushed.bundles.map((one: { fate: string }) => one.fate))).toEqual(
          new Set([fate]),
        );
      });

    const first = await push('kdump', files, 'pushed');
    const again = await push('kdump', files, 'unchanged');
    // An address and a sending for head and tail each, and the manifest; some more for the whole run.
    expect(first.requests).toBeLessThanOrEqual(5 * count + 20);
    expect(again.requests).toBeLessThanOrEqual(count + 20);

    const few = files.slice(0, sample);
    const ours = await push('ours', few, 'pushed');
    const layout = `oci:${folder}/layout`;
    await runForJson(['push', layout, ...few], host);
    const fromFolder = await push('from-folder', [layout], 'pushed');
    expect(fromFolder.requests).toBeLessThanOrEqual(5 * sample + 20);
    const plain = await measured(() => {
      for (let at = 0; at < sample; at++)
        skopeo([
          ...['copy', '--dest-authfile', server.logins, '--dest-tls-verify=false'],
          ...[`${layout}:web-${at}`, `docker://${server.host}/plain:web-${at}`],
        ]);
    });
    expect(ours.requests).toBeLessThan(plain.requests / 2);

    const each = (requests: number, of: number): string => (requests / of).toFixed(2);
    await annotate(
      [
        `${count} bundles: ${first.seconds.toFixed(1)} s, ${each(first.requests, count)} requests each`,
        `again, unchanged: ${again.seconds.toFixed(1)} s, ${each(again.requests, count)} requests each`,
        `${sample} of them: ${ours.seconds.toFixed(1)} s, ${each(ours.requests, sample)} requests each`,
        `the same from a folder: ${fromFolder.seconds.toFixed(1)} s, ${each(fromFolder.requests, sample)} requests each`,
        `by skopeo copy: ${plain.seconds.toFixed(1)} s, ${each(plain.requests, sample)} requests each`,
      ].join('\n'),
    );
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
