import { expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { folderStore, noStore, type StoreKey } from '../../pipeline/host/store.ts';
import { fail, ok } from '../../pipeline/problem/result.ts';
import { text } from '../fixtures/bytes.ts';
import { kinds, must } from '../fixtures/results.ts';

const key: StoreKey = { maker: 'unpack-1', from: ['kernel', text('module')] };
const made = text('made');

/** A maker that counts how often it is asked. */
function counting(bytes = made) {
  const counted = { calls: 0, make: async () => ok(bytes) };
  return {
    counted,
    make: () => {
      counted.calls += 1;
      return counted.make();
    },
  };
}

test('what is kept is made once', async () => {
  const store = folderStore(memoryHost({}), '/store');
  const { counted, make } = counting();
  expect(must(await store.remember(key, make))).toEqual(made);
  expect(must(await store.remember(key, make))).toEqual(made);
  expect(counted.calls).toBe(1);
});

test('another store in the same folder knows it', async () => {
  const host = memoryHost({});
  await folderStore(host, '/store').remember(key, counting().make);
  const { counted, make } = counting();
  await folderStore(host, '/store').remember(key, make);
  expect(counted.calls).toBe(0);
});

test.each<[string, StoreKey]>([
  ['maker', { ...key, maker: 'unpack-2' }],
  ['input', { ...key, from: ['kernel', text('other')] }],
  ['number of inputs', { ...key, from: ['kernel', text('module'), ''] }],
  ['order of inputs', { ...key, from: [text('module'), 'kernel'] }],
  ['border between inputs', { ...key, from: ['kernelm', text('odule')] }],
])('another %s is another key', async (_, other) => {
  const store = folderStore(memoryHost({}), '/store');
  await store.remember(key, counting().make);
  const { counted, make } = counting(text('other'));
  expect(must(await store.remember(other, make))).toEqual(text('other'));
  expect(counted.calls).toBe(1);
});

test('a text and its bytes are the same input', async () => {
  const store = folderStore(memoryHost({}), '/store');
  await store.remember(key, counting().make);
  const { counted, make } = counting();
  await store.remember({ ...key, from: [text('kernel'), 'module'] }, make);
  expect(counted.calls).toBe(0);
});

test('a problem is not kept: the next one tries again', async () => {
  const host = memoryHost({});
  const store = folderStore(host, '/store');
  const problem = fail({ area: 'input', kind: 'command-missing', command: 'depmod' });
  expect(kinds(await store.remember(key, async () => problem))).toEqual(['command-missing']);
  expect(host.paths()).toEqual([]);
  expect(must(await store.remember(key, counting().make))).toEqual(made);
});

test('without a store everything is made anew', async () => {
  const { counted, make } = counting();
  await noStore.remember(key, make);
  await noStore.remember(key, make);
  expect(counted.calls).toBe(2);
});
