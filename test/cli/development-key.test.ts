import { expect, test } from 'vitest';
import { makeDevelopmentKey } from '../../pipeline/cli/development-key.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { must } from '../fixtures/results.ts';

const host = realHost();

test('builds that start at once share one key, whose certificate leads to its root', async () => {
  await host.withTempFolder(async (temp) => {
    const folder = `${temp}/out/development-key`;
    for (const made of await Promise.all(
      Array.from({ length: 3 }, () => makeDevelopmentKey(host, folder)),
    ))
      must(made);
    expect(await host.list(`${temp}/out`)).toEqual(['development-key']);
    expect(await host.list(folder)).toEqual([
      'root.key',
      'root.pem',
      'signer.key',
      'signer.pem',
      'trust.pem',
    ]);
    const openssl = async (...args: readonly string[]): Promise<string> => {
      const ran = must(await host.run('openssl', args, { cwd: folder }));
      expect(ran.exitCode, ran.stderr).toBe(0);
      return Buffer.from(ran.stdout).toString();
    };
    await openssl('verify', '-CAfile', 'root.pem', 'signer.pem');
    expect(await openssl('x509', '-in', 'signer.pem', '-pubkey', '-noout')).toBe(
      await openssl('pkey', '-in', 'signer.key', '-pubout'),
    );
  });
}, 60_000);
