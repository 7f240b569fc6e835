import { expect, test } from 'vitest';
import { declaredLayouts } from '../../pipeline/format/declared.ts';
import { policySteps, purgatoryFirmware } from '../../pipeline/format/purgatory-layout.ts';
import { readPage } from '../../pipeline/format/purgatory-page.ts';
import { liveSources, matchKinds, segmentKinds } from '../../pipeline/format/seal-layout.ts';
import { checkPurgatory } from '../../pipeline/seal/purgatory-rules.ts';
import { decodeSeal, encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { checkAdditions } from '../../pipeline/seal/tree-rules.ts';
import { must } from '../fixtures/results.ts';
import { randomFrom } from '../support/random.ts';
import { changeField, type FieldRecord, pageRecords, recordsOf } from './changed-bundle.ts';
import { fullDraft, told } from './full-bundle.ts';

const { seal, members } = told(fullDraft());

test('the full bundle is good, and has one of each that is declared', () => {
  expect(must(decodeSeal(encodeSeal(seal)))).toEqual(seal);
  expect([...checkPurgatory(seal, { members }), ...checkAdditions(seal, { members })]).toEqual([]);
  const names = (table: object): ReadonlySet<string> => new Set(Object.keys(table));
  expect(new Set(seal.live.map(({ source }) => source))).toEqual(names(liveSources));
  expect(new Set(seal.segments.map(({ kind }) => kind))).toEqual(names(segmentKinds));
  expect(new Set(seal.match.map(({ kind }) => kind))).toEqual(names(matchKinds));
  const page = readPage(
    members.find(({ name }) => name === 'purgatory')?.bytes ?? new Uint8Array(),
  );
  expect(page.ok && new Set(page.value.steps.map(({ kind }) => kind))).toEqual(
    new Set(Object.values(policySteps).map(({ code }) => code)),
  );
});

/** Names of the fields that a thousand changes of these bytes change. */
function changedFields(bytes: Uint8Array, records: readonly FieldRecord[]): ReadonlySet<string> {
  const random = randomFrom(1);
  const changed = new Set<string>();
  for (let left = 4000; left > 0; left--) {
    const other = Uint8Array.from(bytes);
    changeField(other, records, random);
    for (const { layout, at } of records)
      for (const [name, { offset, size }] of Object.entries(layout.fields)) {
        const part = [at + offset, at + offset + size] as const;
        if (Buffer.compare(bytes.subarray(...part), other.subarray(...part)) !== 0)
          changed.add(`${layout.name}.${name}`);
      }
  }
  return changed;
}

test('every field of a seal and of its purgatory is changed', () => {
  const image = members.find(({ name }) => name === 'purgatory')?.bytes ?? new Uint8Array();
  const changed = [
    ...changedFields(encodeSeal(seal), recordsOf(seal)),
    ...changedFields(image, pageRecords),
  ];
  // The firmware is the machine's: a loader writes it.
  const declared = declaredLayouts.filter(
    (layout) => /^(seal|purgatory)_/.test(layout.name) && layout !== purgatoryFirmware,
  );
  expect(new Set(changed)).toEqual(
    new Set(
      declared.flatMap(({ name, fields }) =>
        Object.keys(fields).map((field) => `${name}.${field}`),
      ),
    ),
  );
});
