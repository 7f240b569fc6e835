import { dirname } from 'node:path';
import type { Host } from '../../host/host.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { type ImportedPolicy, importDumpconf } from '../../profile/dumpconf.ts';
import { readMachineFacts } from '../../rehearse/machine-facts.ts';
import { guessClass } from '../machine-class.ts';
import { dumpconfClass, starterProfile } from '../starter-profile.ts';
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
  const text = starterProfile(machineClass, name, await readMachineFacts(host), policy.value);
  if (options.stdout)
    return ok({ text, json: { class: machineClass, name, profile: text }, good: true });

  if ((await host.stat(path)) !== undefined)
    return fail({ area: 'cli', kind: 'starter-exists', file: path });
  await host.makeFolder(dirname(path));
  await host.writeFile(path, new TextEncoder().encode(text));
  return ok({
    text: `${path}\n`,
    json: { class: machineClass, name, path },
    good: true,
  });
};

async function importedPolicy(host: Host, path: string): Promise<Result<ImportedPolicy>> {
  const bytes = await host.readFile(path);
  if (bytes === undefined)
    return fail({ area: 'cli', kind: 'no-file', file: path, what: 'dumpconf configuration' });
  return importDumpconf(path, new TextDecoder('latin1').decode(bytes));
}
