import { basename, dirname, join, resolve } from 'node:path';
import type { Host } from '../../host/host.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { type ImportedPolicy, importDumpconf } from '../../profile/dumpconf.ts';
import { renderProfileSchema } from '../../profile/editor-schema.ts';
import { type ImportedKdump, importKdump, type KdumpFile } from '../../profile/kdump-import.ts';
import { knownHostKey } from '../../profile/known-hosts.ts';
import { profileName } from '../../profile/profile-name.ts';
import { largestProfile } from '../../profile/source-tree.ts';
import {
  type MachineFacts,
  noFacts,
  readMachineFacts,
  readText,
} from '../../rehearse/machine-facts.ts';
import { mountedByUuid, mountOf } from '../../rehearse/machine-mounts.ts';
import { guessClass } from '../machine-class.ts';
import { dumpconfClass, mayBeOf } from '../machine-classes.ts';
import { schemaName, starterProfile } from '../starter-profile.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'init'>>['run'] = async ({ host }, args, options) => {
  const path = args[0] ?? 'profile.yaml';
  const { dumpconf } = options;
  const asked = options.class ?? (dumpconf === undefined ? undefined : dumpconfClass);
  if (dumpconf !== undefined && asked !== dumpconfClass)
    return { misuse: `--dumpconf is for ${dumpconfClass} machines, not for --class ${asked}` };
  const machineClass = asked ?? (await guessClass(host));
  const name = options.name ?? nameOf(args[0]) ?? machineClass;

  const policy = dumpconf === undefined ? ok(undefined) : await importedPolicy(host, dumpconf);
  if (!policy.ok) return policy;
  const facts = await factsOf(host, machineClass, [
    ...(dumpconf === undefined ? [] : [dumpconf]),
    ...options.from,
  ]);
  const kdump = await importedKdump(host, options.from, facts !== undefined);
  if (!kdump.ok) return kdump;
  const text = starterProfile(machineClass, name, facts, policy.value, kdump.value);
  const left =
    kdump.value === undefined
      ? {}
      : { left: kdump.value.left, withoutHostKey: kdump.value.withoutHostKey };
  if (options.stdout)
    return ok({ text, json: { class: machineClass, name, profile: text, ...left }, good: true });

  if ((await host.stat(path)) !== undefined)
    return fail({ area: 'cli', kind: 'starter-exists', file: path });
  await host.makeFolder(dirname(path));
  await host.writeFile(path, new TextEncoder().encode(text));
  const schema = await schemaFor(host, dirname(path));
  return ok({
    text: schema === undefined ? `${path}\n` : `${path}\n${schema}\n`,
    json: { class: machineClass, name, path, schema: schema ?? null, ...left },
    good: true,
  });
};

/** The name that a file gives its profile: `fleet/db.yaml` is `db`. */
function nameOf(path: string | undefined): string | undefined {
  const name = basename(path ?? '').replace(/\.ya?ml$/, '');
  return profileName.form.test(name) ? name : undefined;
}

/** Where a machine has the files that can be taken over. */
const ownFiles: ReadonlySet<string> = new Set([
  '/etc/sysconfig/dumpconf',
  '/etc/kdump.conf',
  '/etc/default/kdump-tools',
  '/etc/sysconfig/kdump',
]);

/** What this machine shows, if it can be the one that the profile is for; undefined: it is another. */
async function factsOf(
  host: Host,
  machineClass: string,
  imported: readonly string[],
): Promise<MachineFacts | undefined> {
  if (imported.some((path) => !ownFiles.has(resolve(host.cwd(), path)))) return undefined;
  const cpuinfo = await readText(host, '/proc/cpuinfo');
  if (cpuinfo === undefined) return noFacts;
  return mayBeOf(machineClass, cpuinfo) ? readMachineFacts(host) : undefined;
}

/** kdump logs in as root. */
const knownHosts = ['/root/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'] as const;

async function importedKdump(
  host: Host,
  paths: readonly string[],
  own: boolean,
): Promise<Result<ImportedKdump | undefined>> {
  if (paths.length === 0) return ok(undefined);
  const files: KdumpFile[] = [];
  for (const path of paths) {
    const text = await configurationText(host, path, 'configuration of kdump');
    if (!text.ok) return text;
    files.push({ path, text: text.value });
  }
  const mounts = own ? await mountedByUuid(host) : [];
  const known = own ? await Promise.all(knownHosts.map((path) => readText(host, path))) : [];
  return ok(
    importKdump(files, {
      mounted: (directory) => mountOf(mounts, directory),
      hostKey: (server) =>
        known.map((text) => knownHostKey(text ?? '', server)).find((key) => key !== undefined),
    }),
  );
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
  const text = await configurationText(host, path, 'dumpconf configuration');
  return text.ok ? importDumpconf(path, text.value) : text;
}

async function configurationText(host: Host, path: string, what: string): Promise<Result<string>> {
  const bytes = await host.readSmallFile(path, largestProfile);
  if (bytes === 'not-a-file' || bytes === 'too-large')
    return fail({
      area: 'profile',
      ...(bytes === 'too-large'
        ? { kind: 'too-large', file: path, most: `${largestProfile >> 10} KiB` }
        : { kind: 'not-a-file', file: path }),
    });
  if (bytes === undefined) return fail({ area: 'cli', kind: 'no-file', file: path, what });
  return ok(new TextDecoder('latin1').decode(bytes));
}
