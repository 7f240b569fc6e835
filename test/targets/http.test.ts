/** What a profile says of a web server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../pipeline/problem/problem.ts';
import { targetFiles, targetNeeds, targetSettings } from '../../pipeline/targets/targets.ts';
import { must } from '../fixtures/results.ts';
import { serverProfile } from '../fixtures/server-profile.ts';
import { type Certificate, makeCertificate } from '../support/servers/upload-server.ts';

let folder: string;
let collector: Certificate;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  collector = makeCertificate(folder, 'collector');
});
afterAll(() => rmSync(folder, { recursive: true }));

const profile = (...lines: readonly string[]) => serverProfile('http', lines.join('\n'));
const block = (name: string, text: string): string =>
  `${name}: |\n${text.trimEnd().replaceAll(/^/gm, '  ')}`;
const https = 'url: https://dumps.example.org/crash/';

const mistakesOf = (...lines: readonly string[]): unknown => {
  const read = profile(...lines);
  return read.ok
    ? 'taken'
    : read.problems.map((one) =>
        one.kind === 'server-useless' ? [one.key, one.mistake.kind] : one.kind,
      );
};

test('a target becomes settings, a certificate in the overlay, curl, and a file that the local overlay must bring', () => {
  const read = profile(
    https,
    'method: POST',
    'part: 4M',
    'token: /etc/crashseal/http/token',
    block('ca', `A text of openssl before it\n${collector.certificate}`),
  );
  const [target] = must(read).targets;
  if (target === undefined) throw new Error('no target');
  expect(targetSettings(target)).toMatchObject({
    target_kind: 'http',
    target_shown: 'https://dumps.example.org/crash',
    target_url: 'https://dumps.example.org/crash',
    target_host: 'dumps.example.org',
    target_method: 'POST',
    target_part: '4',
    target_token: '/etc/crashseal/http/token',
  });
  expect(targetFiles(target)).toEqual({ ca: collector.certificate });
  expect(targetNeeds(target)).toMatchObject({
    tools: [{ name: 'curl', package: 'curl' }],
    localFiles: ['/etc/crashseal/http/token'],
  });
});

describe('a certificate', () => {
  test('is needed with https, and has no effect without it', () => {
    expect(mistakesOf(https)).toEqual([['target.url', 'certificate-missing']]);
    expect(mistakesOf('url: http://a/b', block('ca', collector.certificate))).toEqual([
      ['target.ca', 'plain'],
    ]);
  });

  test('may be one of several', () => {
    const other = makeCertificate(folder, 'other');
    expect(mistakesOf(https, block('ca', collector.certificate + other.certificate))).toBe('taken');
  });

  test('that cannot be read is refused, by its number', () => {
    const damaged = collector.certificate.replace(/\n.{20}/, '\n');
    const read = profile(https, block('ca', collector.certificate + damaged));
    expect(read.ok ? [] : read.problems).toMatchObject([
      { key: 'target.ca', mistake: { kind: 'certificate-damaged', number: 2 } },
    ]);
    expect(mistakesOf(https, 'ca: /etc/ssl/ca.pem')).toEqual([['target.ca', 'certificate-form']]);
  });

  test('with its private key is refused, and the key is not quoted', () => {
    for (const text of [collector.key, collector.certificate + collector.key]) {
      const read = profile(https, block('ca', text));
      if (read.ok) throw new Error('it was taken');
      expect(read.problems).toMatchObject([{ mistake: { kind: 'private-key' } }]);
      const [, line = ''] = collector.key.split('\n');
      expect(JSON.stringify(read.problems)).not.toContain(line.slice(0, 20));
    }
  });
});

test.each([
  ['dumps.example.org/crash', 'url-form'],
  ['ftp://dumps.example.org/', 'url-form'],
  ['http://a b/', 'url-form'],
  ['http://', 'url-form'],
  ['http://user:hunter2@a/b', 'url-credentials'],
  ['http://a/b?key=1', 'url-more'],
  ['http://a/b#c', 'url-more'],
])('the address %s is refused', (url, kind) => {
  const read = profile(`url: ${JSON.stringify(url)}`);
  if (read.ok) throw new Error('it was taken');
  expect(read.problems).toMatchObject([{ key: 'target.url', mistake: { kind } }]);
  expect(JSON.stringify(read.problems.map((one) => explain(one)))).not.toContain('hunter2');
});

test('a token itself is refused, and not quoted', () => {
  const read = profile(https, block('ca', collector.certificate), 'token: hunter2');
  if (read.ok) throw new Error('it was taken');
  expect(read.problems).toMatchObject([{ key: 'target.token', mistake: { kind: 'secret' } }]);
  expect(JSON.stringify(read.problems)).not.toContain('hunter2');
});

test('a token is not sent where anybody could read it', () => {
  expect(mistakesOf('url: http://a/b', 'token: /etc/token')).toEqual([['target.token', 'plain']]);
});
