/**
 * A bill of materials as SPDX 2.3, JSON. Written here: the libraries that there are for JavaScript read and compare
 * licence expressions, and none writes a document. The same contents give the same bytes. Pure.
 */
import { createHash } from 'node:crypto';
import type { ToldInput } from '../seal/told-inputs.ts';
import { showDate } from '../units/time.ts';
import type { Contents, Hashes, HeldFile } from './contents.ts';
import { type LicenceReference, licenceExpression } from './licence-names.ts';
import { packageUrl } from './package-url.ts';

/** SPDX 2.3, 3.2: letters, digits, `.` and `-`. Two names that become one are told apart by their digest. */
const id = (kind: string, name: string): string => {
  const plain = name.replace(/[^A-Za-z0-9.-]+/g, '-');
  const told = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return plain === name ? `SPDXRef-${kind}-${name}` : `SPDXRef-${kind}-${plain}-${told}`;
};

const checksums = ({ sha1, sha256 }: Partial<Hashes>) =>
  [
    { algorithm: 'SHA1', checksumValue: sha1 },
    { algorithm: 'SHA256', checksumValue: sha256 },
  ].filter(({ checksumValue }) => checksumValue !== undefined);

/** SPDX 2.3, 7.9: over the sorted SHA-1 digests of all files. */
const verificationCode = (files: readonly Hashes[]): string =>
  createHash('sha1')
    .update(
      files
        .map(({ sha1 }) => sha1)
        .toSorted()
        .join(''),
    )
    .digest('hex');

const nothing = 'NOASSERTION';

export function spdx(contents: Contents, toolVersion: string): string {
  const { arch, built, files, inputs, members, profile, sealDigest } = contents;
  const references = new Map<string, LicenceReference>();
  const bundleId = 'SPDXRef-bundle';
  const oursId = 'SPDXRef-crashseal';
  const inputId = (name: string): string => id('input', name);
  const held = [
    ...members.map((member) => ({
      ...member,
      fileName: `./${member.name}`,
      id: id('member', member.name),
    })),
    ...files.map((file) => ({
      ...file,
      fileName: `./initramfs/${file.path}`,
      id: id('file', file.path),
    })),
  ];
  const relations = [
    {
      spdxElementId: 'SPDXRef-DOCUMENT',
      relationshipType: 'DESCRIBES',
      relatedSpdxElement: bundleId,
    },
    ...held.map((file) => ({
      spdxElementId: bundleId,
      relationshipType: 'CONTAINS',
      relatedSpdxElement: file.id,
    })),
    ...[...inputs.map(({ name }) => inputId(name)), oursId].map((one) => ({
      spdxElementId: bundleId,
      relationshipType: 'DEPENDS_ON',
      relatedSpdxElement: one,
    })),
    ...files.flatMap((file) =>
      origins(file).map((one) => ({
        spdxElementId: id('file', file.path),
        relationshipType: 'GENERATED_FROM',
        relatedSpdxElement: one === undefined ? oursId : inputId(one),
      })),
    ),
  ];
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `crashseal-${profile}`,
    documentNamespace: `https://spdx.org/spdxdocs/crashseal-${encodeURIComponent(profile)}-${sealDigest}`,
    creationInfo: {
      // The format wants a moment, and the same bundle is to give the same bytes.
      created: showDate(built ?? 0),
      creators: [`Tool: crashseal-${toolVersion}`],
    },
    packages: [
      {
        SPDXID: bundleId,
        name: profile,
        versionInfo: `epoch ${contents.epoch}`,
        summary: `Sealed kdump bundle for ${arch}`,
        comment: `SHA-256 of its seal: ${sealDigest}`,
        downloadLocation: nothing,
        filesAnalyzed: true,
        packageVerificationCode: { packageVerificationCodeValue: verificationCode(held) },
        primaryPackagePurpose: 'FIRMWARE',
        licenseConcluded: nothing,
        licenseDeclared: nothing,
        copyrightText: nothing,
      },
      {
        SPDXID: oursId,
        name: 'crashseal',
        ...(contents.toolVersion === undefined ? {} : { versionInfo: contents.toolVersion }),
        summary: 'Purgatory, ELF core header and the init of the capture kernel',
        downloadLocation: nothing,
        filesAnalyzed: false,
        licenseConcluded: nothing,
        licenseDeclared: 'Apache-2.0',
        copyrightText: nothing,
      },
      ...inputs.map((input) => packageOf(input, inputId(input.name), references)),
    ],
    files: held.map((file) => ({
      SPDXID: file.id,
      fileName: file.fileName,
      checksums: checksums(file),
      licenseConcluded: nothing,
      copyrightText: nothing,
    })),
    relationships: relations,
    ...(references.size === 0
      ? {}
      : {
          hasExtractedLicensingInfos: [...references.values()].map(
            ({ id: licenseId, word, package: from }) => ({
              licenseId,
              name: word,
              extractedText: `Package ${from} calls it "${word}"; the text stands in /usr/share/doc/${from}/copyright of that package.`,
            }),
          ),
        }),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The first input that has the file, as in all that is told of it; undefined: the tool made it. */
const origins = ({ from }: HeldFile): readonly (string | undefined)[] =>
  from.length === 0 ? [undefined] : from;

function packageOf(
  { name, origin, package: from, sha256 }: ToldInput,
  ownId: string,
  references: Map<string, LicenceReference>,
) {
  const licence =
    from?.licences === undefined ? undefined : licenceExpression(from.name, from.licences);
  for (const reference of licence?.references ?? []) references.set(reference.id, reference);
  return {
    SPDXID: ownId,
    name: from?.name ?? (origin || name),
    ...(from === undefined ? {} : { versionInfo: from.version }),
    ...(from?.source === undefined ? {} : { sourceInfo: `built from ${from.source}` }),
    downloadLocation: nothing,
    filesAnalyzed: false,
    ...(sha256 === undefined ? {} : { checksums: checksums({ sha256 }) }),
    licenseConcluded: nothing,
    licenseDeclared: licence?.expression ?? nothing,
    copyrightText: nothing,
    ...(from === undefined
      ? {}
      : {
          externalRefs: [
            {
              referenceCategory: 'PACKAGE-MANAGER',
              referenceType: 'purl',
              referenceLocator: packageUrl(from),
            },
          ],
        }),
  };
}
