/**
 * Every reader of bytes that the tool did not write gives a value or a problem, whatever the bytes:
 * it never throws. What it takes is, where the form is ours, the one form of what was taken.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bannerRelease } from '../../pipeline/arch/linux-banner.ts';
import { prepareVmlinux } from '../../pipeline/arch/ppc64le/vmlinux.ts';
import { parseRiscvImage } from '../../pipeline/arch/riscv64/image.ts';
import { imageRelease, parseS390xImage } from '../../pipeline/arch/s390x/image.ts';
import { bzImageRelease, entry64, parseBzImage } from '../../pipeline/arch/x86/bzimage.ts';
import { flattenVmlinux } from '../../pipeline/arch/x86_64/kernel.ts';
import { readCpio, readForeignCpio, writeCpio } from '../../pipeline/format/cpio.ts';
import { dynamicOf, notesOf, readElf, sectionBytes } from '../../pipeline/format/elf.ts';
import { decodeIplBlock, encodeIplBlock } from '../../pipeline/format/ipl-block.ts';
import { modinfoOf } from '../../pipeline/format/modinfo.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { debFault } from '../../pipeline/inputs/deb.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { packBundle, unpackBundle } from '../../pipeline/seal/archive.ts';
import { inspectBundle } from '../../pipeline/seal/inspect.ts';
import { disagreements, parseObject } from '../../pipeline/seal/manifest.ts';
import { readPurgatory } from '../../pipeline/seal/purgatory-view.ts';
import { decodeSeal, encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { parseCertificate, readPem, writePem } from '../../pipeline/sign/certificate.ts';
import { readCertificates } from '../../pipeline/sign/certificate-file.ts';
import { parseCms } from '../../pipeline/sign/cms.ts';
import {
  decodeRevocationList,
  encodeRevocationList,
  splitRevocationFile,
} from '../../pipeline/sign/revocation.ts';
import { readTrustStore } from '../../pipeline/sign/trust-store.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { text } from '../fixtures/bytes.ts';
import { makePpc64Vmlinux } from '../fixtures/ppc64-vmlinux.ts';
import { makeRiscvImage } from '../fixtures/riscv64-image.ts';
import { makeS390xImage } from '../fixtures/s390x-image.ts';
import { sampleParts } from '../fixtures/sample-bundle.ts';
import { sampleSeal } from '../fixtures/sample-seal.ts';
import { leaf, middle, packParts, root, sign, smallParts } from '../fixtures/small-bundle.ts';
import { sampleSeal as loaderSeal } from '../fixtures/x86-64-bundle.ts';
import { makeBzImage, makeVmlinux } from '../fixtures/x86-64-image.ts';
import { kcore } from '../fixtures/x86-64-machine.ts';
import { debOf } from '../inputs/small-deb.ts';
import { now } from '../loader-trust/bundles.ts';
import { mutantsOf } from '../support/mutants.ts';

const parts = smallParts();
const bundle = await packParts(parts);
const memberOf = (name: string): Uint8Array =>
  parts.members.find((member) => member.name === name)?.bytes ?? new Uint8Array();

const cpio = writeCpio([
  { kind: 'file', path: 'init', mode: 0o755, bytes: text('#!/bin/sh\n') },
  { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
  { kind: 'directory', path: 'tmp', mode: 0o1777 },
]);
const vmlinux = makeVmlinux([
  { paddr: 0x100_0000n, bytes: new Uint8Array(200).fill(1), memsz: 0x1000n },
  { paddr: 0x120_0000n, bytes: new Uint8Array(100).fill(2), memsz: 0x2000n },
]);
const revocations = encodeRevocationList({
  number: 7n,
  date: now,
  entries: [
    { kind: 'certificate', digest: sha256(leaf) },
    { kind: 'seal', digest: sha256(parts.seal) },
  ],
});
const bzImage = makeBzImage(text('payload'));

type Reader = {
  readonly samples: readonly Uint8Array[];
  /** May return a result, whose problems are then put in words. */
  readonly read: (bytes: Uint8Array) => unknown;
};

const said = (found: unknown): void => {
  const result = found as Partial<Result<unknown>> | undefined;
  if (result?.ok === false && 'problems' in result)
    for (const problem of result.problems ?? []) expect(explain(problem).message).not.toBe('');
};

const readers: Readonly<Record<string, Reader>> = {
  seals: {
    samples: [encodeSeal(sampleSeal), encodeSeal(loaderSeal), parts.seal],
    read: (bytes) => {
      const seal = decodeSeal(bytes);
      if (seal.ok) expect(encodeSeal(seal.value)).toEqual(bytes);
      return seal;
    },
  },
  signatures: {
    samples: [parts.p7s],
    read: parseCms,
  },
  certificates: { samples: [leaf, middle, root], read: (bytes) => parseCertificate(bytes, 'test') },
  'trust anchors': {
    samples: [text(writePem(root)), text(`# text\n${writePem(leaf)}${writePem(middle)}`)],
    read: (bytes) => {
      readPem(bytes);
      return readCertificates([{ path: 'trust.pem', bytes }]);
    },
  },
  'trust stores': {
    samples: [
      text(
        `# who may sign\nthreshold: 2\ndevelopment: accept\nrevocation: required\n${writePem(root)}`,
      ),
      text(writePem(root)),
    ],
    read: (bytes) => {
      const store = readTrustStore({ path: 'trust.pem', bytes });
      if (store.ok) expect(store.value.anchors.length).toBeGreaterThan(0);
      return store;
    },
  },
  'revocation lists': {
    samples: [Uint8Array.from([...revocations, ...sign(revocations)])],
    read: (bytes) => {
      const split = splitRevocationFile({ path: 'revoked', bytes });
      if (!split.ok) return split;
      const { list, p7s } = split.value;
      expect(list.bytes.length + p7s.length).toBe(bytes.length);
      const decoded = decodeRevocationList(list);
      if (decoded.ok)
        expect(encodeRevocationList(decoded.value)).toEqual(Uint8Array.from(list.bytes));
      return decoded;
    },
  },
  manifests: {
    samples: [memberOf('manifest.json')],
    read: (bytes) => {
      parseObject(bytes);
      return disagreements(bytes, sampleParts().seal);
    },
  },
  'purgatory images': { samples: [memberOf('purgatory')], read: readPurgatory },
  'initramfs archives': {
    samples: [cpio],
    read: (bytes) => {
      readForeignCpio(bytes, 0);
      const read = readCpio(bytes);
      if (read.ok) expect(() => writeCpio(read.entries)).not.toThrow();
    },
  },
  'ELF files': {
    samples: [vmlinux, kcore().slice(0, -8192)],
    read: (bytes) => {
      modinfoOf(bytes);
      const elf = readElf(bytes);
      if (!elf.ok) return;
      dynamicOf(elf.value);
      notesOf(elf.value);
      for (const { name } of elf.value.sections) sectionBytes(elf.value, name);
    },
  },
  bzImages: {
    samples: [bzImage],
    read: (bytes) => {
      bzImageRelease(bytes);
      return parseBzImage(bytes, entry64);
    },
  },
  'vmlinux files': {
    samples: [vmlinux],
    read: (bytes) => {
      const image = parseBzImage(bzImage, entry64);
      return image.ok ? flattenVmlinux(image.value, bytes) : image;
    },
  },
  'riscv64 images': {
    samples: [makeRiscvImage({ size: 0x2100 })],
    read: (bytes) => {
      bannerRelease(bytes);
      return parseRiscvImage(bytes);
    },
  },
  'ppc64le vmlinux files': { samples: [makePpc64Vmlinux()], read: prepareVmlinux },
  's390x images': {
    samples: [makeS390xImage()],
    read: (bytes) => {
      imageRelease(bytes);
      return parseS390xImage(bytes);
    },
  },
  'IPL parameter blocks': {
    samples: [
      encodeIplBlock({ kind: 'ccw', ssid: 0, devno: 0x4711, loadparm: 'DUMP', scpData: 'x' }),
    ],
    read: (bytes) => {
      const block = decodeIplBlock(bytes);
      if (block !== undefined) expect(decodeIplBlock(encodeIplBlock(block))).toEqual(block);
    },
  },
  'Debian packages': {
    samples: [debOf({ 'debian-binary': '2.0\n', 'control.tar.xz': 'odd', 'data.tar.xz': 'even' })],
    read: debFault,
  },
};

describe('no bytes make the tool throw, read as', () => {
  test.each(Object.entries(readers))('%s', (_name, { samples, read }) => {
    fc.assert(
      fc.property(mutantsOf(samples), (bytes) => said(read(bytes))),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => said(read(bytes))));
  });

  test('bundles', async () => {
    const mutants = mutantsOf([bundle, bundle.slice(0, 4096)]);
    await fc.assert(
      fc.asyncProperty(mutants, async (bytes) => {
        const unpacked = await unpackBundle(bytes);
        said(unpacked);
        // What is taken is the one form of its members.
        if (unpacked.ok) expect(await packBundle(unpacked.value)).toEqual(bytes);
        const host = memoryHost({ '/b': bytes, '/root.pem': text(writePem(root)) }, { now });
        const verified = await verifyBundle(host, '/b', { trust: ['/root.pem'] });
        said(verified);
        said(await inspectBundle(host, '/b'));
        if (verified.ok) expect(Buffer.compare(bytes, bundle)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
