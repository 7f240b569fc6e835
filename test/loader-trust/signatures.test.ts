// Of several signatures enough must be good, each by another key; none may be out of form.
import { chmodSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { loaderDriver } from '../support/loader-host.ts';
import {
  authority,
  Bench,
  bundleWith,
  certificate,
  day,
  keyOf,
  now,
  signature,
  withSignatures,
} from './bundles.ts';

let bench: Bench;
let root: Uint8Array;
let one: Uint8Array;
let two: Uint8Array;
let stranger: Uint8Array;
const by = (name: string, issuer = 'root', change = {}): Uint8Array =>
  signature([certificate(name, issuer, change)], keyOf(name));
const wanting = (threshold: number): string => `threshold: ${threshold}\n${writePem(root)}`;
beforeAll(() => {
  bench = new Bench(loaderDriver('check'), 'out/test/loader-signatures');
  root = authority('root', 'root');
  one = by('one');
  two = by('two');
  stranger = by('stranger', 'nobody');
});

describe('of several signatures', () => {
  test('one that is good is enough, in whatever place it stands', async () => {
    expect((await bench.verify([one, stranger], [root])).found[0]).toBe('one');
    expect((await bench.verify([stranger, one], [root])).found[0]).toBe('one');
    const wrong = signature([certificate('two', 'root')], keyOf('two'), Buffer.from('another'));
    expect((await bench.verify([wrong, stranger, stranger, one], [root])).status).toBe('ok');
  });

  test('all that are good are told', async () => {
    const { found } = await bench.verify([one, stranger, two], [root]);
    expect([found[0], found[3], found.length]).toEqual(['one', 'two', 6]);
  });

  test('when none is good, the first one’s reason is told', async () => {
    const late = by('one', 'root', { notAfter: now - day + 1 });
    const verdict = await bench.verify([late, stranger], [root]);
    expect(verdict).toMatchObject({ status: 'bad-chain' });
    expect(verdict.detail).toBe('not-valid-now');
  });

  test('one that is malformed spoils the others', async () => {
    for (const p7s of [
      [one, Uint8Array.of(1)],
      [one, two, Uint8Array.of(0x30, 0)],
    ]) {
      const verdict = await bench.verify(p7s, [root]);
      expect(verdict.status).toBe('bad-signature');
      expect(verdict.detail).toBe(p7s.length === 2 ? 'cms-der' : 'cms-type');
    }
  });
});

describe('a threshold', () => {
  test('of two is met by two keys', async () => {
    expect((await bench.verify([one, two], wanting(2))).status).toBe('ok');
    expect((await bench.verify([stranger, one, two], wanting(2))).status).toBe('ok');
    expect((await bench.verify([one, two, by('three'), by('four')], wanting(4))).status).toBe('ok');
  });

  test('of two is not met by one key, signing once or twice or under two certificates', async () => {
    for (const p7s of [[one], [one, one], [one, by('one')], [one, stranger]]) {
      const verdict = await bench.verify(p7s, wanting(2));
      expect(verdict.status).toBe('too-few-signatures');
    }
  });
});

describe('of further signatures in the archive', () => {
  test.each([
    ['a gap between them', ['seal.3.p7s'], 'archive-member-missing'],
    ['a fifth', ['seal.2.p7s', 'seal.3.p7s', 'seal.4.p7s', 'seal.5.p7s'], 'archive-stranger'],
    ['one twice', ['seal.2.p7s', 'seal.2.p7s'], 'archive-member-twice'],
    ['another order', ['seal.3.p7s', 'seal.2.p7s'], 'archive-member-missing'],
    ['a number 1', ['seal.1.p7s'], 'archive-stranger'],
  ])('%s is refused', async (_name, names, why) => {
    const bundle = withSignatures(
      await bundleWith({ 'seal.p7s': one }),
      names.map(() => two),
      names,
    );
    const verdict = bench.open(bundle);
    expect(verdict.status).toBe('bad-envelope');
    expect(verdict.detail).toBe(why);
  });

  test('one after the manifest is refused', async () => {
    const whole = await bundleWith({ 'seal.p7s': one });
    const kernel = Buffer.from(whole).indexOf('kernel\0');
    const extra = withSignatures(await bundleWith(), [two]);
    const start = Buffer.from(extra).indexOf('seal.2.p7s\0');
    const member = extra.subarray(start, Buffer.from(extra).indexOf('manifest.json\0'));
    const moved = Buffer.concat([whole.subarray(0, kernel), member, whole.subarray(kernel)]);
    expect(bench.open(moved).detail).toBe('archive-member-place');
  });
});

describe('a trust store', () => {
  const refused: Readonly<Record<string, readonly [() => string, string]>> = {
    'with words': [() => `some words\n${writePem(root)}`, 'store-line'],
    'with a threshold of 0': [() => wanting(0), 'store-line'],
    'with a threshold of 5': [() => wanting(5), 'store-line'],
    'with a threshold of 10': [() => wanting(10), 'store-line'],
    'with a setting twice': [() => `threshold: 1\n${wanting(2)}`, 'store-line'],
    'with the same flag twice': [
      () => `development: accept\ndevelopment: accept\n${writePem(root)}`,
      'store-line',
    ],
    'with a setting after a certificate': [() => `${writePem(root)}threshold: 2\n`, 'store-line'],
    'with another spelling': [() => `Threshold: 2\n${writePem(root)}`, 'store-line'],
    'with a value that is not known': [() => `development: yes\n${writePem(root)}`, 'store-line'],
    'with blanks in its base64': [() => writePem(root).replace('MII', 'MI I'), 'store-damaged'],
    'with a trusted certificate': [
      () => writePem(root).replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
      'store-line',
    ],
    'with a certificate in a certificate': [
      () => writePem(root).replace('\n-----END', `\n${writePem(root)}-----END`),
      'store-damaged',
    ],
  };
  test.each(Object.entries(refused))('%s is refused', async (_name, [make, why]) => {
    const verdict = await bench.verify(one, make());
    expect(verdict.status).toBe('no-trust');
    expect(verdict.detail).toBe(why);
  });

  test('may have comments and empty lines anywhere outside of certificates', async () => {
    const text = `# who\n\nthreshold: 1\n# and\n${writePem(root)}\n# end`;
    expect((await bench.verify(one, text)).status).toBe('ok');
  });

  test('that others can write to is refused', async () => {
    const bundle = bench.file('bundle', await bundleWith({ 'seal.p7s': one }));
    const anchors = bench.file('open.pem', writePem(root));
    for (const [mode, status] of [
      [0o644, 'ok'],
      [0o400, 'ok'],
      [0o666, 'no-trust'],
      [0o664, 'no-trust'],
      [0o646, 'no-trust'],
    ] as const) {
      chmodSync(anchors, mode);
      const verdict = bench.verdict('verify', bundle, anchors, String(now));
      expect(verdict.status).toBe(status);
      if (status === 'ok') continue;
      expect(verdict.detail).toBe('store-open');
    }
    chmodSync(anchors, 0o644);
  });
});
