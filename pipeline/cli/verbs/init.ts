import { dirname, join, resolve } from 'node:path';
import type { Host } from '../../host/host.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { type ImportedPolicy, importDumpconf } from '../../profile/dumpconf.ts';
import { renderProfileSchema } from '../../profile/editor-schema.ts';
import { largestProfile } from '../../profile/source-tree.ts';
import {
  type MachineFacts,
  noFacts,
  readMachineFacts,
  readText,
} from '../../rehearse/machine-facts.ts';
import { guessClass } from '../machine-class.ts';
import { dumpconfClass, mayBeOf, schemaName, starterProfile } from '../starter-profile.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'init'>>['run'] = async ({ host }, args, options) => {
  const path = args[0] ?? 'profile.yaml';
  const { dumpconf } = options;
  const asked = options.class ?? (dumpconf === undefined ? undefined : dumpconfClass);
  if (dumpconf !== undefined && asked !== dumpconfClass)
    return { misuse: `--dumpconf is for ${dumpconfClass} machines, not for --class ${asked}` };
  const machineClass = asked ?? (await guessClass(host));
  const name = options.name ?? machineClass;

  const policy = dumpconf === undefined ? ok(undefined) : await importedPolicy(host, dumpconf);
  if (!policy.ok) return policy;
  const text = starterProfile(
    machineClass,
    name,
    await factsOf(host, machineClass, dumpconf),
    policy.value,
  );
  if (options.stdout)
    return ok({ text, json: { class: machineClass, name, profile: text }, good: true });

  if ((await host.stat(path)) !== undefined)
    return fail({ area: 'cli', kind: 'starter-exists', file: path });
  await host.makeFolder(dirname(path));
  await host.writeFile(path, new TextEncoder().encode(text));
  const schema = await schemaFor(host, dirname(path));
  return ok({
    text: schema === undefined ? `${path}\n` : `${path}\n${schema}\n`,
    json: { class: machineClass, name, path, schema: schema ?? null },
    good: true,
  });
};

const ownDumpconf = '/etc/sysconfig/dumpconf';

/** What this machine shows, if it can be the one that the profile is for; undefined: it is another. */
async function factsOf(
  host: Host,
  machineClass: string,
  dumpconf: string | undefined,
): Promise<MachineFacts | undefined> {
  if (dumpconf !== undefined && resolve(host.cwd(), dumpconf) !== ownDumpconf) return undefined;
  const cpuinfo = await readText(host, '/proc/cpuinfo');
  if (cpuinfo === undefined) return noFacts;
  return mayBeOf(machineClass, cpuinfo) ? readMachineFacts(host) : undefined;
}

/** The schema that the first line of a starter names, of this version; undefined where another file has its name. */
async function schemaFor(host: Host, folder: string): Promise<string | undefined> {
  const path = join(folder, schemaName);
  const text = renderProfileSchema();
  const there = await host.readSmallFile(path, 1 << 20);
  if (there !== undefined && !isOurSchema(there)) return undefined;
  await host.writeFile(path, new TextEncoder().encode(text));
  return path;
}

const isOurSchema = (content: Uint8Array | string): boolean =>
  typeof content !== 'string' &&
  new TextDecoder().decode(content).includes('"title": "crashseal profile"');

async function importedPolicy(host: Host, path: string): Promise<Result<ImportedPolicy>> {
  const bytes = await host.readSmallFile(path, largestProfile);
  if (bytes === 'not-a-file' || bytes === 'too-large')
    return fail({
      area: 'profile',
      ...(bytes === 'too-large'
        ? { kind: 'too-large', file: path, most: `${largestProfile >> 10} KiB` }
        : { kind: 'not-a-file', file: path }),
    });
  if (bytes === undefined)
    return fail({ area: 'cli', kind: 'no-file', file: path, what: 'dumpconf configuration' });
  return importDumpconf(path, new TextDecoder('latin1').decode(bytes));
}
