/** The roll-out of docs/fleet.md, its scripts as they stand there, with a folder for the registry and files for machines. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { notArmedJson, statusJson } from '../fixtures/fleet-reports.ts';
import { must } from '../fixtures/results.ts';
import { fleetBundle } from '../registry/fixture.ts';
import { bundleTool } from '../support/bundled-tool.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const blocks = [...readFileSync('docs/fleet.md', 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
  ([, text = '']) => text,
);
const blockWith = (words: string): string => {
  const [block, ...others] = blocks.filter((text) => text.includes(words));
  if (block === undefined || others.length > 0) throw new Error(`which block has "${words}"?`);
  return block;
};
const collect = blockWith('ssh "$host"');
/** What stands for what a fleet does: here, machines that pull by the tag of their ring. */
const stages = `good=$(crashseal list --json oci:registry:ring3-web | jq -r '.bundles[0].digest')
crashseal push 'oci:registry:candidate-{profile}' out/web.crashseal >>log
bring_to() { crashseal promote oci:registry:candidate-web "$1-web"; }
bring_back() { crashseal promote "oci:registry@sha256:$good" "$1-web"; }
`;
const rollOut = blockWith('for ring in ring1 ring2 ring3');
/** The same by `promote --ring`, with what comes before it: the first ring has the new bundle. */
const byPromote = `crashseal push oci:registry:ring1-web out/web.crashseal >>log
echo ring1 >ring
`;
const promotion = blockWith('crashseal promote "registry.example/kdump:$ring-web"').replaceAll(
  'registry.example/kdump',
  'oci:registry',
);

const rings = { ring1: ['web1'], ring2: ['web2', 'web3'], ring3: ['web4'] };
const tools = resolve(freshWorkFolder('fleet-guide-tool'));
beforeAll(() => {
  const program = bundleTool(tools);
  mkdirSync(join(tools, 'bin'));
  const path = join(tools, 'bin/crashseal');
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(path, 0o755);
});

/** Rolls a bundle out; `reports` says what each machine then says, by its name. Gives which ring has which bundle. */
async function rolledOut(
  name: string,
  [before, script]: readonly [string, string],
  reports: (seal: string, host: string) => string,
) {
  const folder = resolve(freshWorkFolder(`fleet-guide-${name.replaceAll(' ', '-')}`));
  const old = await fleetBundle({ profile: 'web' });
  const fresh = await fleetBundle({ profile: 'web', epoch: 2n });
  const [sealMember] = must(await unpackBundle(fresh));
  const seal = sha256(sealMember?.bytes ?? new Uint8Array());
  for (const path of ['out', 'machines']) mkdirSync(join(folder, path));
  writeFileSync(join(folder, 'old.crashseal'), old);
  writeFileSync(join(folder, 'out/web.crashseal'), fresh);
  const hosts = Object.values(rings).flat();
  writeFileSync(join(folder, 'hosts.txt'), `${hosts.join('\n')}\n`);
  for (const [ring, members] of Object.entries(rings))
    writeFileSync(join(folder, `${ring}.txt`), `${members.join('\n')}\n`);
  for (const host of hosts)
    writeFileSync(join(folder, `machines/${host}.json`), reports(seal, host));
  // A slow machine is told more of: that is no part of the answer.
  const all = `exec 2>>log
set -eu
for ring in ${Object.keys(rings).join(' ')}; do crashseal push oci:registry:$ring-web old.crashseal >>log; done
sleep() { :; }
ssh() { cat "machines/$1.json"; }
collect_reports() {
${collect}}
${before}( ${script}) >>log 2>&1 || echo "exit $?"
for ring in ${Object.keys(rings).join(' ')}; do crashseal list --json oci:registry:$ring-web | jq -r '.bundles[0].facts.seal'; done
`;
  const ran = spawnSync('bash', ['-c', all], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(tools, 'bin')}:${process.env.PATH}` },
  });
  const log = readFileSync(join(folder, 'log'), 'utf8');
  expect(ran.status, log).toBe(0);
  const lines = ran.stdout.trimEnd().split('\n');
  return {
    exit: lines.find((line) => line.startsWith('exit')),
    fresh: lines.slice(-3).map((line) => line === seal),
    log,
  };
}

describe.each([
  ['by hand', [stages, rollOut]],
  ['by promote', [byPromote, promotion]],
] as const)('%s', (name, scripts) => {
  test('a bundle that every machine has armed gets to all rings', async () => {
    const done = await rolledOut(`well-${name}`, scripts, (sealDigest) =>
      statusJson({ sealDigest }),
    );
    expect([done.exit, done.fresh], done.log).toEqual([undefined, [true, true, true]]);
  });

  test('a ring that does not arm it gets its old bundle back, and the next ring never has the new one', async () => {
    const done = await rolledOut(`bad-${name}`, scripts, (sealDigest, host) =>
      host === 'web3' ? notArmedJson() : statusJson({ sealDigest }),
    );
    expect([done.exit, done.fresh], done.log).toEqual(['exit 1', [true, false, false]]);
  });
});
