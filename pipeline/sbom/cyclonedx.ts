/** A bill of materials as CycloneDX 1.6, by the library of those who make CycloneDX. The same contents give the same bytes. */
import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import { JSON as AsJson, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import type { Contents, Hashes, HeldFile } from './contents.ts';
import { licenceExpression } from './licence-names.ts';
import { packageUrl } from './package-url.ts';

const hashes = ({ sha256, sha1 }: Partial<Hashes>): Models.HashDictionary =>
  new Models.HashDictionary([
    ...(sha256 === undefined ? [] : [[Enums.HashAlgorithm['SHA-256'], sha256] as const]),
    ...(sha1 === undefined ? [] : [[Enums.HashAlgorithm['SHA-1'], sha1] as const]),
  ]);

const properties = (
  told: Readonly<Record<string, string | undefined>>,
): Models.PropertyRepository =>
  new Models.PropertyRepository(
    Object.entries(told).flatMap(([name, value]) =>
      value === undefined ? [] : [new Models.Property(`crashseal:${name}`, value)],
    ),
  );

/** RFC 9562, version 8: our own bits, here those of the seal's digest. */
function serialNumber(digest: string): string {
  const bytes = Buffer.from(digest, 'hex').subarray(0, 16);
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x80, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `urn:uuid:${parts.join('-')}-${hex.slice(20)}`;
}

export function cycloneDx(contents: Contents, toolVersion: string): string {
  const { arch, built, epoch, files, inputs, members, profile, release, sealDigest } = contents;
  const bundle = new Models.Component(Enums.ComponentType.Firmware, profile, {
    bomRef: 'bundle',
    version: `epoch ${epoch}`,
    description: `Sealed kdump bundle for ${arch}${release === undefined ? '' : `, capture kernel ${release}`}`,
    hashes: hashes({ sha256: sealDigest }),
    properties: properties({
      'seal-sha256': sealDigest,
      architecture: arch,
      'kernel-release': release,
      'built-with': contents.toolVersion,
    }),
  });
  const fileOf = (file: HeldFile): Models.Component =>
    new Models.Component(Enums.ComponentType.File, file.path, {
      bomRef: `initramfs:${file.path}`,
      hashes: hashes(file),
      properties: properties({ size: String(file.size) }),
    });
  const components: Models.Component[] = inputs.map(
    ({ name, origin, package: from, sha256, size }) => {
      const own = files.filter((file) => file.from[0] === name);
      const licence =
        from?.licences === undefined ? undefined : licenceExpression(from.name, from.licences);
      const component = new Models.Component(
        name === 'kernel'
          ? Enums.ComponentType.OperatingSystem
          : from === undefined
            ? Enums.ComponentType.File
            : Enums.ComponentType.Library,
        from?.name ?? origin,
        {
          bomRef: `input:${name}`,
          ...(sha256 === undefined ? {} : { hashes: hashes({ sha256 }) }),
          ...(from === undefined ? {} : { version: from.version, purl: packageUrl(from) }),
          components: new Models.ComponentRepository(own.map(fileOf)),
          properties: properties({
            input: name,
            size: size === undefined ? undefined : String(size),
            source: from?.source,
            // What the expression was made of, for those who know Debian's words.
            licences: from?.licences?.join(', '),
          }),
        },
      );
      if (licence !== undefined) {
        const expression = new Models.LicenseExpression(licence.expression);
        expression.acknowledgement = Enums.LicenseAcknowledgement.Declared;
        component.licenses.add(expression);
      }
      return component;
    },
  );
  const ours = new Models.Component(Enums.ComponentType.Application, 'crashseal', {
    bomRef: 'crashseal',
    ...(contents.toolVersion === undefined ? {} : { version: contents.toolVersion }),
    description: 'Purgatory, ELF core header and the init of the capture kernel',
    licenses: new Models.LicenseRepository([new Models.SpdxLicense('Apache-2.0')]),
    components: new Models.ComponentRepository(
      files.filter(({ from }) => from.length === 0).map(fileOf),
    ),
  });
  const parts = members.map(
    (member) =>
      new Models.Component(Enums.ComponentType.File, member.name, {
        bomRef: `member:${member.name}`,
        hashes: hashes(member),
        properties: properties({ size: String(member.size) }),
      }),
  );
  bundle.components = new Models.ComponentRepository(parts);
  components.push(ours);
  for (const { bomRef } of components) bundle.dependencies.add(bomRef);
  const bom = new Models.Bom({
    serialNumber: serialNumber(sealDigest),
    metadata: new Models.Metadata({
      component: bundle,
      ...(built === undefined ? {} : { timestamp: new Date(built * 1000) }),
      tools: new Models.Tools({
        components: new Models.ComponentRepository([
          new Models.Component(Enums.ComponentType.Application, 'crashseal', {
            version: toolVersion,
          }),
        ]),
      }),
    }),
    components: new Models.ComponentRepository(components),
  });
  const serializer = new JsonSerializer(new AsJson.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}
