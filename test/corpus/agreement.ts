/**
 * Both verifiers on the same bundles: those of the tool and of the hosted loader. Each input is made by its
 * structure, changed, and signed again by those who would sign it; so what is changed has a right signature.
 * Its number is all that it comes from, and a difference can be made again.
 */
import { createPublicKey, type KeyObject, sign as signWith } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { attestationBeside } from '../../pipeline/attest/verify-attestation.ts';
import { limits } from '../../pipeline/format/limits.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { revocationEntry, revocationList } from '../../pipeline/format/revocation-layout.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { packBundle, signatureNames } from '../../pipeline/seal/archive.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { developmentUnit, writePem } from '../../pipeline/sign/certificate.ts';
import { encodeRevocationList, type Revoked } from '../../pipeline/sign/revocation.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { statementOf } from '../fixtures/attestations.ts';
import { root, smallParts } from '../fixtures/small-bundle.ts';
import { sampleMachine, writeMachine } from '../fixtures/x86-64-machine.ts';
import { authority, certificate, day, keyOf, now, signature } from '../loader-trust/bundles.ts';
import {
  commonName,
  der,
  extension,
  raw,
  rawCertificate,
  rawCms,
  rsaWith,
  utcTime,
} from '../loader-trust/raw-certificate.ts';
import { mutateDer } from '../support/der-mutants.ts';
import { type Der, derAt, derBytes, der as derOf, parseDer } from '../support/der-tree.ts';
import { loaderDriver, runDriver } from '../support/loader-host.ts';
import { mutantsOf } from '../support/mutants.ts';
import { type Random, randomFrom } from '../support/random.ts';
import {
  type ChangedBundle,
  changedBundle,
  changeField,
  type FieldRecord,
} from './changed-bundle.ts';
import { reasonOf } from './reasons.ts';
import { withExponent } from './rsa-exponent.ts';

const parts = smallParts();
const signerTwin = withExponent(keyOf('signer'), 3n);
const spkiOf = (key: KeyObject): Uint8Array =>
  Uint8Array.from(createPublicKey(key).export({ type: 'spki', format: 'der' }));

/** Of id-ce, with the values that readers judge: those that are good stand more often. */
const usages = ['03020780', '03020780', '03020106', '03020186', '0303078080', '030100', '0302ff80'];
const constraints = ['3000', '30030101ff', '30060101ff020100', '30060101ff020101'];
const oddConstraints = ['300a0101ff02050080000000', '300a0101ff02050100000000', '3003010100'];
const purposeLists = [
  ...['300a06082b06010505070303', '300a06082b06010505070303', '30060604551d2500'],
  ...[
    '300a06082b06010505070301',
    '301406082b0601050507030106082b06010505070303',
    '3000',
    '30020600',
  ],
];

function extensionsOf(random: Random, asAuthority: boolean): readonly Uint8Array[] {
  const odd = random.chance(0.05);
  const basic = odd
    ? random.of([...constraints, ...oddConstraints])
    : asAuthority
      ? random.of(constraints.slice(1))
      : '3000';
  const usage = odd ? random.of(usages) : asAuthority ? '03020106' : '03020780';
  const list = [extension(19, raw(basic), random.chance(0.8)), extension(15, raw(usage))];
  if (random.chance(0.4))
    list.push(
      extension(
        37,
        raw(random.chance(0.9) ? random.of(purposeLists.slice(0, 3)) : random.of(purposeLists)),
        random.chance(0.3),
      ),
    );
  const most = random.chance(0.05) ? random.of([28, 29, 30, 31, 32]) : random.below(3);
  for (let index = 0; index < most; index++)
    list.push(extension(64 + index, raw('0500'), random.chance(0.02)));
  return list;
}

const names = (random: Random, name: string): Uint8Array => {
  if (random.chance(0.9)) return commonName(name);
  const mark = random.of([developmentUnit, `\ufeff${developmentUnit}`, `${developmentUnit} `, 'x']);
  const unit = der(0x30, raw('060355040b'), der(random.of([0x0c, 0x13, 0x1e]), Buffer.from(mark)));
  return der(
    0x30,
    der(0x31, der(0x30, raw('0603550403'), der(0x0c, Buffer.from(name)))),
    der(0x31, unit),
  );
};

/** The body changed, and signed again by its issuer: whoever issued it has the last word. */
function reissued(bytes: Uint8Array, issuer: KeyObject, random: Random): Uint8Array {
  const tree = parseDer(bytes);
  let body = derAt(tree, 0);
  for (let left = 1 + random.below(2); left > 0; left--) body = mutateDer(body, random);
  const algorithm = secondOf(body) ?? derAt(tree, 1);
  const signature = signWith('sha256', derBytes(body), issuer);
  return derBytes(derOf(0x30, body, algorithm, derOf(3, Uint8Array.of(0), signature)));
}
/** The signature's algorithm, where the change has left it in its place. */
const secondOf = ({ body }: Der): Der | undefined =>
  body instanceof Uint8Array ? undefined : body.find(({ tag }, index) => tag === 0x30 && index < 4);

type Named = { readonly name: string; readonly key: KeyObject };

function certificateOf(
  random: Random,
  subject: Named,
  issuer: Named,
  asAuthority: boolean,
): Uint8Array {
  const digest = random.chance(0.15) ? random.of([12, 12, 13, 13, 5, 10]) : 11;
  const algorithms = [
    rsaWith(digest),
    raw('300b06092a864886f70d01010b'),
    raw('300f06092a864886f70d01010b04023100'),
  ];
  const until = random.chance(0.05) ? random.of([now - 1, now, now + 1]) : now + day;
  const made = rawCertificate(subject.name, issuer.name, {
    serial: der(0x02, Uint8Array.of(1 + random.below(120))),
    algorithm: random.chance(0.05) ? random.of(algorithms) : rsaWith(digest),
    digest: { 12: 'sha384', 13: 'sha512', 5: 'sha1' }[digest] ?? 'sha256',
    validity: [utcTime(now - day), utcTime(until)],
    subjectName: names(random, subject.name),
    publicKey: spkiOf(subject.key),
    extensions: extensionsOf(random, asAuthority),
    issuerKey: issuer.key,
  });
  return random.chance(0.15) ? reissued(made, issuer.key, random) : made;
}

const named = (name: string): Named => ({ name, key: keyOf(name) });

/** A signature over `content`, with the chain that leads from its signer to the root, or nearly. */
function signatureOf(random: Random, content: Uint8Array): Uint8Array {
  const signer: Named = random.of([
    ...[named('signer'), named('signer'), named('second'), named('second')],
    { name: 'signer', key: signerTwin },
  ]);
  const above = random.chance(0.05) ? 'stranger' : 'root';
  const chain: Uint8Array[] = [];
  let below = signer;
  const most = limits.cmsCertificatesMax.value;
  const between = random.chance(0.03) ? most - 2 + random.below(3) : random.below(3);
  for (let count = between; count > 0; count--) {
    const next = named(random.of(['middle', 'lower']));
    chain.push(certificateOf(random, below, next, below !== signer));
    below = next;
  }
  chain.push(certificateOf(random, below, named(above), below !== signer));
  if (random.chance(0.05)) chain.push(root);
  const [first = root] = chain;
  const [serial, issuer] = identityOf(first);
  const cms = rawCms(chain, issuer, serial, signWith('sha256', content, signer.key));
  return random.chance(0.05) ? mutated(cms, random) : cms;
}

/** By its structure, where a change before this one has left it one. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  try {
    return derBytes(mutateDer(parseDer(bytes), random));
  } catch {
    return flipped(bytes, random);
  }
}

/** Serial number and issuer, where they are still to be found. */
function identityOf(certificate: Uint8Array): readonly [Uint8Array, Uint8Array] {
  try {
    const body = derAt(parseDer(certificate), 0);
    const at = derAt(body, 0).tag === 0xa0 ? 1 : 0;
    return [derBytes(derAt(body, at)), derBytes(derAt(body, at + 2))];
  } catch {
    return [raw('020101'), commonName('root')];
  }
}

const storeLines = [
  ...['threshold: 1', 'threshold: 2', 'development: accept', '# text', ''],
  ...['require: test-crash', 'require: test-crash', 'require: test-crash-warned'],
];
const oddLines = [
  'threshold: 5',
  '\ufeff',
  'threshold:  1',
  ' ',
  '-----BEGIN PRIVATE KEY-----',
  '#',
];

function storeOf(random: Random, seed: number): Uint8Array {
  if (random.chance(0.05)) return root;
  const anchors = [root, ...(random.chance(0.2) ? [authority('stranger', 'stranger')] : [])];
  if (random.chance(0.02)) {
    const count = limits.trustAnchorsMax.value - anchors.length - 1 + random.below(3);
    for (let left = count; left > 0; left--) anchors.push(authority('lower', 'lower'));
  }
  const lines = random.chance(0.7) ? [] : [random.of(storeLines)];
  if (random.chance(0.05)) lines.push(random.of([...storeLines, ...oddLines]));
  const text = [...lines.map((line) => `${line}\n`), ...anchors.map(writePem)].join('');
  const ended = random.chance(0.1) ? text.replaceAll('\n', '\r\n') : text;
  const bytes = new TextEncoder().encode(ended);
  if (random.chance(0.03)) return mutantOf(stores, seed);
  if (random.chance(0.98)) return bytes;
  const size = 65_535 + random.below(3) - bytes.length;
  return Buffer.concat([Buffer.from(`#${'x'.repeat(size - 1)}\n`), bytes]);
}

const listRecords = (entries: number): readonly FieldRecord[] => [
  { layout: revocationList, at: 0 },
  ...Array.from({ length: entries }, (_, index) => ({
    layout: revocationEntry,
    at: revocationList.size + index * revocationEntry.size,
  })),
];

function listOf(random: Random): Uint8Array | undefined {
  if (random.chance(0.8)) return undefined;
  const entries: Revoked[] = [];
  for (let count = random.below(3); count > 0; count--) {
    const kind = random.of(['certificate', 'key', 'seal'] as const);
    const who = random.of(['signer', 'middle', 'root', 'stranger', 'lower']);
    const what = kind === 'seal' ? parts.seal : spkiOf(keyOf(who));
    entries.push({
      kind,
      digest: sha256(random.chance(0.3) ? what : Uint8Array.of(random.below(9))),
    });
  }
  const list = encodeRevocationList({ number: 7n, date: now - 100, entries });
  const changed = Uint8Array.from(list);
  if (random.chance(0.2)) changeField(changed, listRecords(entries.length), random);
  const p7s = random.chance(0.7)
    ? signature([certificate('second', 'root')], keyOf('second'), changed)
    : signatureOf(random, changed);
  return Uint8Array.from([...changed, ...p7s]);
}

const purposeOfTesters = '301606146982e1c286df9da9f2abe586b7cfbe8df9e6ee79';

/** By a tester, or somebody who is none, in a chain that may have other purposes than theirs. */
function testerOf(random: Random, statement: Uint8Array): Uint8Array {
  const purposes = (leaf: boolean): readonly Uint8Array[] => {
    const list = random.chance(0.9)
      ? purposeOfTesters
      : random.of([...purposeLists, purposeOfTesters]);
    return leaf || random.chance(0.3) ? [extension(37, raw(list))] : [];
  };
  const between = random.chance(0.3);
  const leaf = rawCertificate('second', between ? 'middle' : 'root', {
    extensions: [extension(19, raw('3000')), extension(15, raw('03020780')), ...purposes(true)],
    validity: [utcTime(now - day), utcTime(random.chance(0.05) ? now - 1 : now + day)],
  });
  const middle = rawCertificate('middle', random.chance(0.05) ? 'stranger' : 'root', {
    extensions: [
      extension(19, raw(random.of(constraints))),
      extension(15, raw('03020106')),
      ...purposes(false),
    ],
  });
  const [serial, issuer] = identityOf(leaf);
  const value = signWith('sha256', statement, keyOf(random.chance(0.95) ? 'second' : 'signer'));
  const cms = rawCms(between ? [leaf, middle] : [leaf], issuer, serial, value);
  return random.chance(0.05) ? mutated(cms, random) : cms;
}

const statementChanges: readonly (readonly [RegExp, string])[] = [
  [/PASSED/, 'WARNED'],
  [/PASSED/, 'FAILED'],
  [/PASSED/, 'passed'],
  [/"sha256":"../, '"sha256":"00'],
  [/result\/v0\.1/, 'result/v1'],
  [/"predicateType"/, '"predicate_type"'],
  [/\]\}\}\n/, ']}}\r\n'],
  [/\[/, '[ '],
  [/dump/, 'd\u00fcmp'],
  [/"warnedTests"/, '"result":"FAILED","warnedTests"'],
  [/^/, ' '],
];

function attestationOf(random: Random, seal: Uint8Array): Uint8Array {
  const one = (): Uint8Array => {
    const good = Buffer.from(statementOf(seal)).toString('latin1');
    const [from, to] = random.of(statementChanges);
    const text = random.chance(0.5) ? good : good.replace(from, to);
    const statement = Uint8Array.from(Buffer.from(text, 'latin1'));
    const changed = random.chance(0.05) ? flipped(statement, random) : statement;
    return Uint8Array.from([...changed, ...testerOf(random, changed)]);
  };
  const count = random.chance(0.8) ? 1 : random.below(4);
  const file = Uint8Array.from(Array.from({ length: count }, one).flatMap((bytes) => [...bytes]));
  return file.length > 0 && random.chance(0.05) ? flipped(file, random) : file;
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const at = random.below(changed.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
  return changed;
}

type Input = {
  readonly bundle: Uint8Array;
  readonly trust: Uint8Array;
  readonly revoked: Uint8Array | undefined;
  readonly attestation: Uint8Array | undefined;
};

const seals = mutantsOf([parts.seal]);
const stores = mutantsOf([new TextEncoder().encode(`threshold: 1\n${writePem(root)}`)]);
const mutantOf = (mutants: typeof seals, seed: number): Uint8Array =>
  fc.sample(mutants, { numRuns: 1, seed })[0] ?? parts.seal;

/** Half of them have another seal, or members that are not the small bundle's. */
function contentOf(random: Random, seed: number): ChangedBundle {
  if (random.chance(0.1)) return { ...parts, seal: mutantOf(seals, seed) };
  return random.chance(0.5) ? changedBundle(random) : parts;
}

/** Mostly a good one where the content is what was changed: else nobody would read that. */
function signaturesOf(random: Random, { seal }: ChangedBundle): readonly Uint8Array[] {
  if (seal !== parts.seal && random.chance(0.8))
    return [signature([certificate('signer', 'root')], keyOf('signer'), seal)];
  const count = random.chance(0.5) ? 1 : 1 + random.below(4);
  return Array.from({ length: count }, () => signatureOf(random, seal));
}

async function inputOf(seed: number): Promise<Input> {
  const random = randomFrom(seed);
  const content = contentOf(random, seed);
  const { seal, members } = content;
  const made = await packBundle([
    { name: 'seal.bin', bytes: seal.length === 0 ? parts.seal : seal },
    ...signaturesOf(random, content).map((bytes, index) => ({
      name: signatureNames[index] ?? 'seal.p7s',
      bytes,
    })),
    ...members,
  ]);
  return {
    bundle: random.chance(0.02) ? flipped(made, random) : made,
    trust: storeOf(random, seed),
    revoked: listOf(random),
    attestation: random.chance(0.5) ? attestationOf(random, seal) : undefined,
  };
}

export type Agreement = {
  /** That were compared. */
  readonly inputs: number;
  /** By both. */
  readonly accepted: number;
  /** One accepts and the other does not. */
  readonly differences: readonly string[];
  /** Both refuse, each for a reason of its own. */
  readonly reasons: readonly string[];
  /** How often the tool found each fault of a seal first. */
  readonly faults: ReadonlyMap<string, number>;
};

const statusOf = (code: number): string =>
  Object.entries(loaderStatuses).find(([, status]) => status.code === code)?.[0] ?? `code ${code}`;

/** The one form of a seal's strings: the tool alone asks for it (docs/format.md), and reads no further. */
const stricter = 'stricter';

type Said = { readonly reason: string; readonly fault: string | undefined };

async function toolSays({ bundle, trust, revoked, attestation }: Input): Promise<Said> {
  const host = memoryHost({
    '/bundle': bundle,
    '/trust.pem': trust,
    ...(revoked === undefined ? {} : { '/revoked': revoked }),
    ...(attestation === undefined ? {} : { [attestationBeside('/bundle')]: attestation }),
  });
  const result = await verifyBundle(host, '/bundle', { trust: ['/trust.pem'], now });
  if (result.ok) return { reason: 'ok', fault: undefined };
  const [first] = result.problems;
  const reason = first.kind === 'seal-not-canonical' ? stricter : reasonOf(result.problems);
  return { reason, fault: first.kind === 'seal-fault' ? first.fault : undefined };
}

/** `count` inputs from the number `first` on. What differs is kept in `folder`. */
export async function agreementOf(
  first: number,
  count: number,
  folder: string,
): Promise<Agreement> {
  const machine = join(folder, 'root');
  mkdirSync(machine, { recursive: true });
  writeMachine(machine, sampleMachine);
  const lines: string[] = [];
  const tool: Said[] = [];
  const at = (index: number): string => join(folder, `${first + index}`);
  for (let index = 0; index < count; index++) {
    const input = await inputOf(first + index);
    mkdirSync(at(index), { recursive: true });
    writeFileSync(join(at(index), 'bundle'), input.bundle);
    writeFileSync(join(at(index), 'trust.pem'), input.trust);
    if (input.revoked !== undefined) writeFileSync(join(at(index), 'revoked'), input.revoked);
    if (input.attestation !== undefined)
      writeFileSync(attestationBeside(join(at(index), 'bundle')), input.attestation);
    lines.push(
      `--json --check --trust ${at(index)}/trust.pem --root ${machine} --now ${now} ${at(index)}/bundle\n`,
    );
    tool.push(await toolSays(input));
  }
  const list = join(folder, 'list');
  writeFileSync(list, lines.join(''));
  const said = runDriver(loaderDriver('many-loads'), 'list', list);
  const loader = [...said.matchAll(/^exit (\d+)$/gm)].map(([, code]) => statusOf(Number(code)));
  if (loader.length !== count) throw new Error(`${loader.length} answers to ${count} inputs`);
  const differences: string[] = [];
  const reasons: string[] = [];
  const faults = new Map<string, number>();
  let accepted = 0;
  let notCompared = 0;
  for (const [index, theirs] of loader.entries()) {
    const { reason: ours, fault } = tool[index] ?? { reason: '', fault: undefined };
    if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    // What only the tool looks at comes after all that both look at.
    const takes = ours === 'ok' || ours === 'toolOnly';
    const text = `input ${first + index}: tool ${ours}, loader ${theirs}`;
    if (ours === stricter) notCompared++;
    else if (takes !== (theirs === 'ok')) differences.push(text);
    else if (takes) accepted++;
    else if (ours !== theirs) reasons.push(text);
    if (ours === stricter || takes === (theirs === 'ok')) rmSync(at(index), { recursive: true });
  }
  return { inputs: count - notCompared, accepted, differences, reasons, faults };
}
