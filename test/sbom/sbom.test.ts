import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { describe, expect, test } from 'vitest';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import type { Manifest } from '../../pipeline/seal/manifest.ts';
import { runCli } from '../cli/memory-world.ts';
import { testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';

const parseExpression = createRequire(import.meta.url)('spdx-expression-parse') as (
  expression: string,
) => unknown;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = (path: string, text: string) =>
  ({ kind: 'file', path, mode: 0o755, bytes: bytes(text) }) as const;
const initramfs = writeCpio([
  file('init', 'ours'),
  file('lib/a.so', 'library'),
  file('lib/modules/6.12.0-test/kernel/x.ko', 'module'),
]);

const inputs = [
  {
    name: 'kernel',
    origin: 'linux-image-6.12 6.12-1 amd64',
    sha256: '1'.repeat(64),
    size: 9,
    package: {
      form: 'deb',
      name: 'linux-image-6.12',
      version: '6.12-1',
      architecture: 'amd64',
      source: 'linux-signed-amd64 6.12+1',
      licences: null,
    },
    files: ['lib/modules/6.12.0-test/'],
  },
  {
    name: 'tools/liba',
    origin: 'liba 1:1.2+x~3 amd64',
    sha256: '2'.repeat(64),
    size: 8,
    package: {
      form: 'deb',
      name: 'liba',
      version: '1:1.2+x~3',
      architecture: 'amd64',
      source: null,
      licences: ['Expat', 'GPL-2+ or odd', 'BSD-3-clause and zlib, or Apache-2.0'],
    },
    files: ['lib/a.so'],
  },
  { name: 'old', origin: 'b 2 amd64', sha256: '3'.repeat(64), size: 7 },
  { name: 'folder', origin: 'own.conf', sha256: '4'.repeat(64), size: 6 },
];

async function sbom(format: string, signed = false, changed: object = {}) {
  const bundle = await sampleBundle(signed ? (await testKeys()).signer : undefined, {
    initramfs,
    manifest: (same) =>
      ({ ...same, inputs, tool: { name: 'crashseal', version: '9.9' }, ...changed }) as Manifest,
  });
  const host = memoryHost({ '/b': bundle }, { now });
  const { status, out, talk } = await runCli(['sbom', '--format', format, '/b'], host);
  expect([status, talk]).toEqual([0, '']);
  return out;
}

describe('CycloneDX', () => {
  test('is valid by the schema of those who make it', async () => {
    const text = await sbom('cyclonedx');
    expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
    const broken = text.replace('"type": "firmware"', '"type": "none"');
    expect(await new JsonStrictValidator(Version.v1dot6).validate(broken)).not.toBeNull();
  });

  test('names each package with version, digest, licences and purl, and the files from it', async () => {
    const { components, serialNumber, metadata } = JSON.parse(await sbom('cyclonedx'));
    expect(serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(metadata.component.components.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['kernel', 'initramfs.base', 'purgatory', 'manifest.json']),
    );
    const named = (name: string) =>
      components.find((one: { readonly name: string }) => one.name === name);
    expect(named('liba')).toMatchObject({
      version: '1:1.2+x~3',
      purl: 'pkg:deb/debian/liba@1:1.2%2Bx~3?arch=amd64',
      hashes: [{ alg: 'SHA-256', content: '2'.repeat(64) }],
      licenses: [
        {
          expression:
            'MIT AND (GPL-2.0-or-later OR LicenseRef-liba-odd) AND ((BSD-3-Clause AND Zlib) OR Apache-2.0)',
        },
      ],
      components: [{ name: 'lib/a.so' }],
    });
    expect(named('linux-image-6.12')).toMatchObject({
      type: 'operating-system',
      purl: expect.stringContaining('upstream=linux-signed-amd64%406.12%2B1'),
      components: [{ name: 'lib/modules/6.12.0-test/kernel/x.ko' }],
    });
    expect(named('linux-image-6.12').licenses).toBeUndefined();
    expect(named('b')).toMatchObject({ version: '2', purl: 'pkg:deb/debian/b@2?arch=amd64' });
    expect(named('own.conf').purl).toBeUndefined();
    expect(named('crashseal')).toMatchObject({ version: '9.9', components: [{ name: 'init' }] });
  });
});

describe('SPDX', () => {
  test('keeps the rules of version 2.3 that a schema says, and those that it does not', async () => {
    const document = JSON.parse(await sbom('spdx'));
    expect(document).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      creationInfo: { created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    });
    const { files, hasExtractedLicensingInfos, packages, relationships } = document;
    const ids = [document, ...packages, ...files].map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    for (const { spdxElementId, relatedSpdxElement } of relationships)
      expect(ids).toEqual(expect.arrayContaining([spdxElementId, relatedSpdxElement]));
    const told = hasExtractedLicensingInfos.map(
      ({ licenseId }: { licenseId: string }) => licenseId,
    );
    for (const { licenseDeclared: expression } of packages) {
      if (expression === 'NOASSERTION') continue;
      parseExpression(expression);
      for (const [id] of expression.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g))
        expect(told).toContain(id);
    }
    expect(told).toEqual(['LicenseRef-liba-odd']);
    // 7.9: SHA-1 over the sorted SHA-1 digests of the files.
    const sums = files.map(
      ({ checksums }: { checksums: readonly { algorithm: string; checksumValue: string }[] }) =>
        checksums.find(({ algorithm }) => algorithm === 'SHA1')?.checksumValue,
    );
    const [bundle] = packages;
    expect(bundle.packageVerificationCode.packageVerificationCodeValue).toBe(
      createHash('sha1').update(sums.toSorted().join('')).digest('hex'),
    );
    const ours = createHash('sha256').update('library').digest('hex');
    expect(files).toContainEqual(
      expect.objectContaining({
        fileName: './initramfs/lib/a.so',
        checksums: expect.arrayContaining([{ algorithm: 'SHA256', checksumValue: ours }]),
      }),
    );
  });
});

describe.each(['cyclonedx', 'spdx'])('%s', (format) => {
  test('is the same for the same seal, whoever signed it', async () => {
    expect(await sbom(format, true)).toBe(await sbom(format));
    expect(await sbom(format, false, { finalAction: 'halt' })).not.toBe(await sbom(format));
  });

  test('takes what a manifest says for text', async () => {
    const name = 'x"\u0000</script>/../\u202e';
    const odd = { ...inputs[1], name, origin: name, files: [name, 7] };
    const changed = {
      inputs: [odd, null, { ...odd, name: 'y', package: { licences: ['a b', ''] } }],
    };
    const text = await sbom(format, false, changed);
    expect(text).not.toContain('\u0000');
    JSON.parse(text);
    if (format === 'cyclonedx')
      expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
  });
});

test('a file that is no bundle is refused, and so is an initramfs that cannot be listed', async () => {
  const host = memoryHost({ '/b': await sampleBundle(undefined), '/x': 'x' });
  expect((await runCli(['sbom', '/x'], host)).status).toBe(1);
  const { status, talk } = await runCli(['sbom', '/b'], host);
  expect([status, talk]).toEqual([1, expect.stringContaining('cannot be listed')]);
});
