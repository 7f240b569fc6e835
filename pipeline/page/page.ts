/**
 * A bundle as one page for a reviewer: it asks for nothing, runs nothing, and the same bundle gives the same bytes as
 * long as nothing in it expires. All that the bundle holds is text to it. Pure.
 */
import type { AttestationView } from '../attest/attestation-view.ts';
import type { BundleDiff, Side } from '../diff/diff.ts';
import { diffGroups } from '../diff/groups.ts';
import type { Inspection, SignatureView } from '../seal/inspect.ts';
import {
  captureRows,
  consoleWords,
  identityRows,
  lostRows,
  lostSentences,
  over,
  type WordRow,
} from '../seal/inspection-words.ts';
import { formWords, sourceWords } from '../seal/manifest.ts';
import { shownOnlyWords } from '../seal/shown-only-words.ts';
import { testingWords } from '../seal/testing-words.ts';
import { type ToldInput, toldInputs } from '../seal/told-inputs.ts';
import { matchWords, policyWords } from '../seal/words.ts';
import { showDate } from '../units/time.ts';
import { hex, showSize } from '../units/units.ts';
import { definitions } from './definitions.ts';
import { digestText } from './digest-text.ts';
import { documentOf, type Mark, type Section } from './document.ts';
import { livePlaces, regionOf } from './drawn-segments.ts';
import { type Html, html, none } from './html.ts';
import { mapPicture } from './map-picture.ts';
import { colourOf, mapRows } from './map-rows.ts';
import { panicPicture } from './panic-picture.ts';
import { table } from './table.ts';

export type PageInput = {
  readonly view: Inspection;
  /** From another bundle to this one. */
  readonly against?: BundleDiff;
};

export function pageOf(input: PageInput): string {
  const { view } = input;
  const { seal } = view;
  return documentOf({
    title: `${seal.profile}: kdump bundle`,
    over: 'Sealed kdump bundle',
    heading: seal.profile,
    leadIn: `${archOf(view)}, capture kernel ${seal.release ?? 'release not known'}, epoch ${seal.epoch}`,
    marks: marks(input),
    sections: sectionsOf(input),
    footer: html`Written by <code>crashseal inspect --html</code> from what the bundle says of itself. No signature was checked: ask <code>crashseal verify</code>.`,
  });
}

const archOf = ({ manifest, seal }: Inspection): string =>
  typeof manifest?.arch === 'string' ? manifest.arch : `ELF machine ${seal.machine}`;

/** What must not be missed. */
function marks({ against, view }: PageInput): readonly Mark[] {
  const { now, seal, shownOnly, signatures } = view;
  const found: Mark[] = [];
  const signers = signatures.filter(({ kind }) => kind === 'present').length;
  if (signatures.length === 0) found.push(['bad', 'Not signed']);
  else if (signers < signatures.length) found.push(['bad', 'A signature is malformed']);
  else
    found.push([
      '',
      signers === 1 ? 'Signed, not verified here' : `${signers} signatures, not verified here`,
    ]);
  if (signatures.some((one) => one.kind === 'present' && one.development))
    found.push(['bad', 'Development key: not for production']);
  if (seal.flags.includes('testing')) found.push(['bad', testingWords]);
  if (shownOnly !== undefined) found.push(['bad', shownOnlyWords(shownOnly)]);
  if (seal.notAfter !== undefined && now > seal.notAfter) found.push(['bad', 'Expired']);
  if (view.attestations.some((one) => one.kind === 'present' && !one.ofThis))
    found.push(['bad', 'An attestation is of another bundle']);
  if (view.attestations.some((one) => one.kind === 'present' && one.result === 'FAILED'))
    found.push(['bad', 'A trial failed']);
  if (seal.backend !== 'segments')
    found.push(['warn', `Backend ${seal.backend}: some checks may be lost`]);
  if (seal.flags.includes('localOverlay'))
    found.push(['warn', 'A machine may add a local overlay']);
  if (against !== undefined)
    found.push(
      against.same
        ? ['good', 'Same seal as the other bundle']
        : ['warn', 'Differs from the other bundle'],
    );
  return found;
}

function sectionsOf({ against, view }: PageInput): readonly Section[] {
  return [
    {
      id: 'identity',
      title: 'What it is',
      body: facts(identityRows({ ...view, path: fileName(view.path) })),
    },
    { id: 'signatures', title: 'Who signed it', body: signatures(view) },
    { id: 'tried', title: 'Who tried it', body: attestations(view) },
    { id: 'panic', title: 'What it does on a panic', body: panic(view) },
    { id: 'memory', title: 'Where it lies in memory', body: memory(view) },
    { id: 'limits', title: 'What it asks for, and what it does not promise', body: limits(view) },
    { id: 'packages', title: 'What it is made of', body: packages(view) },
    { id: 'members', title: 'Members', body: members(view) },
    { id: 'live', title: 'What the loader fills in', body: live(view) },
    {
      id: 'differences',
      title: 'What is different from the other bundle',
      body: differences(against),
    },
  ];
}

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Digests and words of a kernel are read letter by letter. */
const value = (name: string, words: string): Html =>
  /^(seal|build id|command line)$/.test(name) || /^[0-9a-f]{32,}$/.test(words)
    ? html`<code>${words}</code>`
    : html`${words}`;

const facts = (rows: readonly WordRow[]): Html =>
  definitions(rows.map(([name, words]) => [name, value(name, words)]));

function signatures({ now, signatures: found }: Inspection): Html {
  if (found.length === 0)
    return html`<p>Nobody: the bundle is <strong>not signed</strong>. A loader refuses it.</p>`;
  return html`${found.map((one, index) => html`${found.length > 1 ? html`<h3>Signature ${index + 1}</h3>` : none}${signature(one, now)}`)}
<p class="quiet">Whether the signature is right, and whether the chain leads to somebody who is trusted, is told by <code>crashseal verify --trust FILE</code>.</p>`;
}

function signature(one: SignatureView, now: number): Html {
  if (one.kind === 'malformed') return html`<p>Malformed: ${one.part}.</p>`;
  return html`${one.development ? html`<p><strong>A development key: not for production.</strong></p>` : none}
<ol class="chain">${one.certificates.map(
    ({ subject, issuer, notBefore, notAfter, sha256 }) => html`<li><strong>${subject}</strong><br>
issued by ${issuer}<br>
valid from ${showDate(notBefore)}, until ${showDate(notAfter)}${over(notAfter, now)}<br>
${digestText(`SHA-256 ${sha256}`)}</li>
`,
  )}</ol>`;
}

/** From the file beside the bundle. */
function attestations({ attestations: found }: Inspection): Html {
  if (found.length === 0)
    return html`<p>Nobody attests it: there is no <code>.test-crash</code> file beside the bundle.</p>`;
  return html`${found.map((one, index) => html`${found.length > 1 ? html`<h3>Attestation ${index + 1}</h3>` : none}${attestation(one)}`)}
<p class="quiet">Whether a tester whom you trust says so is told by <code>crashseal verify --require test-crash</code>.</p>`;
}

function attestation(one: AttestationView): Html {
  if (one.kind === 'malformed') return html`<p>Malformed.</p>`;
  const { development, ofThis, result, statement, tester } = one;
  const { configuration = [], passed = [], warned = [], failed = [] } = statement ?? {};
  return html`<p><strong>${result}</strong>, says ${tester}${ofThis ? none : html`, <strong>of another bundle</strong>`}.</p>
${development ? html`<p><strong>A development key: not for production.</strong></p>` : none}
${facts(
  configuration.map(({ name, uri, digest, annotations = {} }) => [
    name,
    [
      ...(uri === undefined ? [] : [uri]),
      ...(digest === undefined ? [] : [digest]),
      ...Object.entries(annotations).map(([key, given]) => `${key} ${given}`),
    ].join(', '),
  ]),
)}
${table(
  'What was tried',
  [{ name: 'test' }, { name: 'result' }],
  [
    ...failed.map((test) => [test, html`<strong>failed</strong>`]),
    ...warned.map((test) => [test, 'not proven']),
    ...passed.map((test) => [test, 'passed']),
  ],
)}`;
}

const finished = 'as the finished initramfs decides';

function panic(view: Inspection): Html {
  const rows = captureRows(view);
  const of = (...names: readonly string[]): readonly string[] =>
    rows.filter(([name]) => names.includes(name)).map(([, words]) => words);
  const { purgatory, seal, stepPages } = view;
  const steps = purgatory === undefined ? [] : policyWords(purgatory, stepPages);
  const picture = panicPicture({
    kernel: seal.release ?? 'release not known',
    regions: (purgatory?.regions ?? [])
      .filter(({ policyOnly }) => !policyOnly)
      .map(({ name }) => name),
    policy: steps,
    targets: of('dump target', 'then'),
    finalAction: of('after the dump')[0] ?? 'not known',
    failureAction: of('after a failure')[0] ?? 'not known',
  });
  const regions = (purgatory?.regions ?? []).map(({ name, size, digest, policyOnly }) => [
    html`${name}${policyOnly ? html` <span class="quiet">(for the policy)</span>` : none}`,
    showSize(size),
    digest === undefined ? 'taken by the loader, of what it filled in' : digestText(digest),
  ]);
  const more: readonly WordRow[] = [
    ...(purgatory === undefined
      ? []
      : [['console of purgatory', consoleWords(purgatory)] as const]),
    ...steps.map((words, index): WordRow => [index === 0 ? 'on corruption' : 'then', words]),
  ];
  return html`<div class="beside"><div>${picture}</div><div><h3>The dump</h3>
${facts(rows.length === 0 ? [['dump', finished]] : rows)}
<h3>If a digest is wrong</h3>
${facts(more)}
</div></div>
${table('What purgatory checks before it lets the capture kernel start', [{ name: 'region' }, { name: 'size', kind: 'right' }, { name: 'SHA-256' }], regions)}`;
}

function memory(view: Inspection): Html {
  const { seal } = view;
  const size = regionOf(view);
  const rows = mapRows(seal.segments, 0n, size, seal.crashSize);
  const table_ = table(
    'As planned, from the start of the crash region; a machine with something in the way gets the next hole that fits',
    [
      { name: 'key' },
      { name: 'segment' },
      { name: 'start', kind: 'right number' },
      { name: 'end', kind: 'right number' },
      { name: 'occupies', kind: 'right' },
      { name: 'loaded', kind: 'right' },
      { name: 'live values', kind: 'right' },
    ],
    rows.map(({ start, end, segment, name, letter, index }) => [
      segment === undefined
        ? none
        : html`<svg width="24" height="20" viewBox="0 0 24 20" aria-hidden="true"><rect width="24" height="20" rx="4" fill="${colourOf(index)}"/><text x="12" y="15" class="letter">${letter}</text></svg>`,
      segment === undefined ? html`<span class="quiet">${name}</span>` : name,
      hex(start),
      hex(end),
      showSize(end - start),
      segment === undefined ? '' : showSize(segment.bufsz),
      segment === undefined ? '' : String(livePlaces(seal, seal.segments.indexOf(segment)).length),
    ]),
  );
  return html`<div class="beside"><div>${mapPicture(rows, size)}</div><div><p>${showSize(seal.crashSize)} of ${showSize(size)} are needed.</p>
${table_}</div></div>`;
}

function limits({ seal }: Inspection): Html {
  const lost = [
    ...lostRows(seal).map(([when, words]) => `${when}: ${words}`),
    ...lostSentences(seal),
  ];
  const items = (words: readonly string[]): Html =>
    html`<ul>${words.map(
      (one) => html`<li>${one}</li>
`,
    )}</ul>`;
  const probes = seal.probes.map(({ kind, by, value: named }) => `${kind} ${by} ${named}`.trim());
  return html`<h3>Machines</h3>
${seal.match.length === 0 ? html`<p>It matches every machine of its architecture.</p>` : items(seal.match.map(matchWords))}
<h3>What must be there for a dump to arrive</h3>
${probes.length === 0 ? html`<p>Nothing is looked for.</p>` : items(probes)}
<h3>Not guaranteed</h3>
${lost.length === 0 ? html`<p>Every digest that was signed is checked after the panic.</p>` : items(lost)}`;
}

function packages({ manifest }: Inspection): Html {
  return table(
    'What went in, pinned by digest. Licences are the words of the packages',
    [
      { name: 'input' },
      { name: 'version' },
      { name: 'licences' },
      { name: 'size', kind: 'right' },
      { name: 'SHA-256' },
    ],
    toldInputs(manifest).map((input) => [
      html`<strong>${input.package?.name ?? (input.origin || input.name)}</strong>${files(input)}`,
      input.package === undefined
        ? ''
        : html`${input.package.version}<br><span class="quiet">${input.package.architecture}</span>`,
      input.package === undefined
        ? ''
        : input.package.licences === undefined
          ? html`<span class="quiet">not told in a way that a machine can read</span>`
          : input.package.licences.join(', '),
      input.size === undefined ? '' : showSize(input.size),
      digestText(input.sha256 ?? ''),
    ]),
  );
}

function files({ files: paths, name }: ToldInput): Html {
  if (paths.length === 0) return html`<br><span class="quiet">${name}</span>`;
  if (paths.length === 1) return html`<br><span class="quiet">${paths[0] ?? ''}</span>`;
  return html`<details><summary>${paths.length} files</summary><ul>${paths.map((path) => html`<li>${path}</li>`)}</ul></details>`;
}

const members = ({ seal }: Inspection): Html =>
  table(
    'Every member, as the seal lists it',
    [{ name: 'member' }, { name: 'size', kind: 'right' }, { name: 'SHA-256' }],
    seal.members.map(({ name, size, digest }) => [name, showSize(size), digestText(digest)]),
  );

function live({ seal }: Inspection): Html {
  const nameOf = (index: number): string => seal.segments[index]?.name ?? `${index}`;
  if (seal.live.length === 0) return none;
  return html`<p>Only the running machine knows these. Everything else is loaded as it was signed.</p>
<details><summary>${seal.live.length} live values</summary>
${table(
  'Place, form and source of each',
  [{ name: 'place', kind: 'number' }, { name: 'form' }, { name: 'what is written there' }],
  seal.live.map((one) => [
    `${nameOf(one.segment)}+${hex(one.offset)}`,
    formWords(one),
    sourceWords(one, nameOf),
  ]),
)}</details>`;
}

const changeKinds: Readonly<Record<string, readonly [string, string]>> = {
  '+': ['add', 'added'],
  '-': ['gone', 'removed'],
  '~': ['change', 'changed'],
  '>': ['change', 'moved'],
  '!': ['change', 'note'],
};

const side = (name: string, { path, profile, sealDigest, signed }: Side): WordRow => [
  name,
  `${fileName(path)}, profile ${profile}${signed ? '' : ', not signed'}, seal ${sealDigest}`,
];

function differences(diff: BundleDiff | undefined): Html {
  if (diff === undefined) return none;
  const [before, after] = diff.bundles;
  const groups = diffGroups(diff).filter(([, rows]) => rows.length > 0);
  return html`${diff.verified ? none : html`<p><strong>Neither signature was checked.</strong> This is what the files claim.</p>`}
${facts([side('before', before), side('after', after)])}
${
  groups.length === 0
    ? html`<p>Nothing: the same seal and the same signatures.</p>`
    : groups.map(
        ([name, rows]) => html`<h3>${name}</h3>
${table(
  '',
  [{ name: 'how', kind: 'how' }, { name: 'what' }, { name: 'values' }],
  rows.map(([mark = '', what = '', values = '']) => {
    const [kind, word] = changeKinds[mark] ?? ['', ''];
    return [html`<span class="${kind}">${word}</span>`, what, values];
  }),
)}`,
      )
}`;
}
