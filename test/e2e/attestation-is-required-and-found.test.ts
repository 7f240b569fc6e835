/**
 * A bundle is tried, and a tester attests it. A machine that asks for that refuses the bundle without the
 * attestation, and with another bundle's, and goes on with what was armed; with the right one it arms, and dumps.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attest } from '../../pipeline/attest/attest.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { readSigner } from '../../pipeline/sign/sign.ts';
import { words } from '../../pipeline/units/words.ts';
import { statementOf } from '../fixtures/attestations.ts';
import { must } from '../fixtures/results.ts';
import { armCommand, boot, endWithDump } from '../support/capture.ts';
import { crashseal, developmentKeys, testerKeys } from '../support/crashseal.ts';
import { tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const scenario = { name: 'attested', kernel: '6.12' } as const;

test('attestation-is-required-and-found', () =>
  withWorkFolder('attested', async (folder) => {
    const keys = developmentKeys(join('out', 'e2e'));
    const { trust } = keys;
    const { key: keyFile, certificates } = testerKeys(folder, keys);
    const { proof, wrong } = await tryBundle(
      folder,
      scenario,
      words`--quick --attest --dsse --key ${keyFile} --cert ${certificates}`,
    );
    expect(wrong).toEqual([]);
    const beside = `${proof.path}.test-crash`;
    const verified = crashseal(
      words`verify --json --trust ${trust} --require test-crash-warned ${proof.path}`,
    );
    expect(verified.exitCode, verified.stdout).toBe(0);
    expect(JSON.parse(verified.stdout).bundles[0].attestation.result).toBe('warned');
    const shown = crashseal(['inspect', proof.path]);
    expect(shown.stdout).toContain('WARNED, says ');

    const file = (path: string) => ({ path, bytes: readFileSync(path) });
    const signer = must(readSigner(file(keyFile), file(certificates)));
    const other = must(await attest(statementOf(Uint8Array.of(1)), signer, Date.now() / 1000));
    writeFileSync(join(folder, 'other'), other);
    const booted = await boot(folder, {
      ...scenario,
      profile: { tools: { from: 'apt' } },
      files: [
        {
          path: 'etc/strict.pem',
          content: { text: `require: test-crash-warned\n${readFileSync(trust, 'utf8')}` },
        },
        { path: 'right', content: { from: beside } },
        { path: 'other', content: { from: join(folder, 'other') } },
      ],
    });
    const { system, disk } = booted;
    const told = async (line: string) => (await system.mustRun(line)).trim();
    const load = async () => {
      const { exitCode, output } = await system.run(
        'crashseal-load --json --trust /etc/strict.pem /bundle 2>/dev/null',
      );
      return { exitCode, report: JSON.parse(output) };
    };
    const refused = async (detail: string) => {
      const record = await told('cat /run/crashseal/armed.json');
      expect(await load()).toMatchObject({
        exitCode: loaderStatuses.noAttestation.code,
        report: { status: 'no-attestation', detail },
      });
      expect(await told('cat /sys/kernel/kexec_crash_loaded')).toBe('1');
      expect(await told('cat /run/crashseal/armed.json')).toBe(record);
    };

    const certificatesUntil = async (): Promise<number> => {
      const { output } = await system.run('crashseal-load --status --json');
      return Date.parse(JSON.parse(output).certificatesUntil);
    };
    const ofTheTester = Date.parse(new X509Certificate(readFileSync(certificates)).validTo);

    // With the trust store that asks for nothing.
    expect(await told(`${armCommand} 2>&1`)).toMatch(/^note: nobody attests/m);
    expect(await certificatesUntil()).toBeGreaterThan(ofTheTester);
    await refused('file-missing');
    await system.mustRun('cp /other /bundle.test-crash');
    await refused('attestation-seal');
    await system.mustRun('cat /right >>/bundle.test-crash');
    expect(await load()).toMatchObject({
      exitCode: 0,
      report: { action: 'armed', attestation: { result: 'warned' } },
    });
    expect(await certificatesUntil()).toBe(ofTheTester);
    expect(await told('crashseal-load --status')).toContain(', tried with warnings by ');
    // What is armed in its place after a failed call has its attestation too.
    await system.mustRun('cmp /bundle.test-crash /var/lib/crashseal/last-good.test-crash');
    await system.mustRun(
      'crashseal-load --dry-run --trust /etc/strict.pem /var/lib/crashseal/last-good',
    );
    await system.mustRun('rm /bundle.test-crash');
    await refused('file-missing');
    const mark = await system.panic();
    await endWithDump(system, disk);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 1 })).toEqual([]);
  }));
