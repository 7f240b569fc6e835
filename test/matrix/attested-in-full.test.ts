/**
 * A bundle that passed with all that is tried, attested with a key that never leaves its token: a machine that asks
 * for a pass arms it, and it dumps. `make test-matrix TESTS=test/matrix/attested-in-full.test.ts`
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { words } from '../../pipeline/units/words.ts';
import { boot, endWithDump } from '../support/capture.ts';
import { crashseal, developmentKeys, testerKeys } from '../support/crashseal.ts';
import { bundleWords } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const scenario = { name: 'attested-in-full', kernel: '6.12' } as const;
const pin = '93417';

/** A token with the tester's key, and what leads programs to it. */
function makeToken(folder: string, keyFile: string): Readonly<Record<string, string>> {
  const store = join(folder, 'tokens');
  mkdirSync(store, { mode: 0o700 });
  const settings = join(folder, 'softhsm2.conf');
  writeFileSync(settings, `directories.tokendir = ${store}\nobjectstore.backend = file\n`);
  const env = {
    SOFTHSM2_CONF: settings,
    PKCS11_MODULE_PATH: '/usr/lib/softhsm/libsofthsm2.so',
    TOKEN_PIN: pin,
  };
  const softhsm = (args: readonly string[]) =>
    execFileSync('softhsm2-util', args, { env: { ...process.env, ...env }, stdio: 'pipe' });
  softhsm(words`--init-token --free --label lab --pin ${pin} --so-pin 55555`);
  softhsm(words`--import ${keyFile} --token lab --label tester --id 01 --pin ${pin}`);
  return env;
}

test('passed in full, attested from a token, required by the machine', () =>
  withWorkFolder('attested-in-full', async (folder) => {
    const keys = developmentKeys(join('out', 'e2e'));
    const { trust } = keys;
    const tester = testerKeys(folder, keys);
    const env = makeToken(folder, tester.key);
    const own = await bundleWords(folder, scenario);
    const bundle = own.at(-1) ?? '';
    const sign = (name: string) =>
      words`--attest --key ${name} --passphrase-env TOKEN_PIN --cert ${tester.certificates}`;
    // Told before anything runs.
    const wrongPin = crashseal(['test-crash', ...sign('pkcs11:token=lab;object=tester'), ...own], {
      ...env,
      TOKEN_PIN: '00000',
    });
    expect([wrongPin.exitCode, wrongPin.stdout]).toEqual([1, '']);

    const tried = crashseal(
      ['test-crash', '--json', ...sign('pkcs11:token=lab;object=tester'), ...own],
      env,
    );
    expect(tried.exitCode, tried.stdout + tried.stderr).toBe(0);
    expect(JSON.parse(tried.stdout).bundles[0]).toMatchObject({ outcome: 'passed', quick: false });
    const verified = crashseal(
      words`verify --json --trust ${trust} --require test-crash ${bundle}`,
    );
    expect(verified.exitCode, verified.stdout).toBe(0);
    expect(JSON.parse(verified.stdout).bundles[0].attestation.result).toBe('passed');

    const booted = await boot(folder, {
      ...scenario,
      profile: { tools: { from: 'apt' } },
      files: [
        {
          path: 'etc/strict.pem',
          content: { text: `require: test-crash\n${readFileSync(trust, 'utf8')}` },
        },
        { path: 'passed', content: { from: `${bundle}.test-crash` } },
      ],
    });
    const { system, disk } = booted;
    const load = 'crashseal-load --json --trust /etc/strict.pem /bundle 2>/dev/null';
    const without = await system.run(load);
    expect(without.exitCode).toBe(loaderStatuses.noAttestation.code);
    await system.mustRun('mv /passed /bundle.test-crash');
    expect(JSON.parse(await system.mustRun(load))).toMatchObject({
      action: 'armed',
      attestation: { result: 'passed' },
    });
    const mark = await system.panic();
    await endWithDump(system, disk);
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 1 })).toEqual([]);
  }));
