import { dirname, join } from 'node:path';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { ok, type Result } from '../../pipeline/problem/result.ts';
import { type Plan, planOnMachine } from '../../pipeline/rehearse/rehearse.ts';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { authorityOf } from '../sign/pool.ts';

const anchors = ['one', 'two'].map((name) => writePem(authorityOf(name, name).der));

type Member = { readonly name: string; readonly type?: 'symlink' | 'file'; readonly text?: string };

async function archive(members: readonly Member[]): Promise<Uint8Array> {
  const packed = pack();
  for (const { name, type = 'file', text = '' } of members)
    packed.entry(type === 'file' ? { name } : { name, type, linkname: '/etc' }, text);
  packed.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of packed) chunks.push(chunk as Uint8Array);
  return Uint8Array.from(Buffer.concat(chunks));
}

type Asked = { args: readonly string[]; seen: (path: string) => Promise<string | undefined> };

/** A world whose loader says `says` and tells what it was asked. */
function world(facts: Uint8Array, says: string): { readonly host: Host; readonly asked: Asked } {
  const files = memoryHost({
    '/m.tar': facts,
    '/etc/ca.pem': 'as it is',
    '/etc/revoked': 'list',
    '/new/a.pem': `threshold: 2\n${anchors[0]}`,
    '/new/b.pem': anchors[1] ?? '',
    '/new/revoked': 'another list',
  });
  const asked: Asked = { args: [], seen: async () => undefined };
  const host: Host = {
    ...files,
    run: async (_program, args) => {
      asked.args = args;
      const root = args[args.indexOf('--root') + 1] ?? '';
      const trust = args[args.indexOf('--trust') + 1] ?? '';
      const texts = new Map<string, string>();
      for (const [name, path] of [
        ['iomem', `${root}/proc/iomem`],
        ['trust', trust],
        ['list', join(dirname(trust), 'revoked')],
      ] as const) {
        const bytes = await files.readFile(path);
        if (bytes !== undefined) texts.set(name, new TextDecoder().decode(bytes));
      }
      asked.seen = async (name) => texts.get(name);
      return ok({ exitCode: 7, stdout: new TextEncoder().encode(says), stderr: 'what it said\n' });
    },
  };
  return { host, asked };
}

const plan = (host: Host, trust = ['/etc/ca.pem']): Promise<Result<Plan>> =>
  planOnMachine(host, Uint8Array.of(1), {
    bundles: ['/b.crashseal'],
    facts: '/m.tar',
    trust,
  });

const good = '{"status":"ok","exitCode":0,"action":"would arm","milliseconds":3}';

const kindOf = async (facts: Uint8Array): Promise<string> => {
  const result = await plan(world(facts, '{}').host);
  return result.ok ? 'planned' : result.problems[0].kind;
};

describe('plan', () => {
  test('the loader gets the facts as its root, and all that is trusted', async () => {
    const facts = await archive([{ name: 'proc/iomem', text: 'memory' }]);
    const { host, asked } = world(facts, good);
    expect(await plan(host)).toMatchObject({
      ok: true,
      value: { chosen: '/b.crashseal', bundles: [{ report: { status: 'ok' }, refusals: [] }] },
    });
    expect(asked.args.slice(0, 2)).toEqual(['--dry-run', '--json']);
    expect(asked.args.at(-1)).toBe('/b.crashseal');
    expect(await asked.seen('iomem')).toBe('memory');
    // Whether that is a trust store is for the loader to say.
    expect(await asked.seen('trust')).toBe('as it is');
    expect(await asked.seen('list')).toBe('list');
  });

  test('of several trust stores the loader gets one, on the strictest terms', async () => {
    const facts = await archive([{ name: 'proc/iomem', text: 'memory' }]);
    const { host, asked } = world(facts, good);
    expect(await plan(host, ['/new/a.pem', '/new/b.pem'])).toMatchObject({ ok: true });
    const store = await asked.seen('trust');
    expect(store).toContain(`threshold: 2\n${anchors.join('')}`);
    expect(await asked.seen('list')).toBe('another list');
    expect(await plan(host, ['/new/a.pem', '/etc/none.pem'])).toMatchObject({
      problems: [{ kind: 'certificates-missing' }],
    });
    expect(await plan(host, ['/new/none.pem'])).toMatchObject({ problems: [{ kind: 'no-file' }] });
  });

  const refused: readonly (readonly [string, readonly Member[]])[] = [
    ['a path out of the folder', [{ name: '../etc/passwd', text: 'x' }]],
    ['a path out of it, later', [{ name: 'proc/../../x', text: 'x' }]],
    ['an absolute path', [{ name: '/etc/passwd', text: 'x' }]],
    ['a link', [{ name: 'proc', type: 'symlink' }]],
    ['a file twice', [{ name: 'a' }, { name: 'a' }]],
  ];
  test.each(refused)('facts with %s are refused', async (_what, members) => {
    expect(await kindOf(await archive(members))).toBe('facts-member');
  });

  test.each([
    ['text', new TextEncoder().encode('name: web\n')],
    ['nothing', new Uint8Array()],
    ['zeros', new Uint8Array(1024)],
  ])('%s is no archive of facts', async (_what, bytes) => {
    expect(await kindOf(bytes)).toBe('facts-not-archive');
  });

  test('a loader that reports nothing is told of, with what it said', async () => {
    const facts = await archive([{ name: 'proc/iomem', text: '' }]);
    expect(await plan(world(facts, 'not JSON').host)).toMatchObject({
      ok: false,
      problems: [{ kind: 'loader-silent', exitCode: 7, said: 'what it said' }],
    });
  });
});
