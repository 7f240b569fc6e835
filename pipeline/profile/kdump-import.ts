/**
 * What kdump is configured to do on a machine -> keys of a profile: kdump.conf(5), kdump-tools(5) and SUSE's kdump(5).
 * The files are read as they are in the field and never run; nothing in them is an error. What has no counterpart is
 * listed. Pure.
 */
import { insteadOfKey } from './kdump-words.ts';
import { readAssignment } from './shell-assignment.ts';

export type ImportedValue = string | number | readonly string[];
export type ImportedMap = { readonly [key: string]: ImportedValue };

export type ImportedKdump = {
  /** In order of preference; none where the files name none that a profile can have. */
  readonly targets: readonly ImportedMap[];
  /** Servers whose key is not known here: without it, nothing is sent to them. */
  readonly withoutHostKey: readonly ImportedMap[];
  /** The private key that kdump logs in with, as a path. */
  readonly identity: string | undefined;
  readonly dump: ImportedMap;
  readonly finalAction: string | undefined;
  readonly failureAction: string | undefined;
  readonly append: readonly string[];
  readonly remove: readonly string[];
  readonly drivers: readonly string[];
  /** What does not come over: how it stands in the file, and what to do about it. */
  readonly left: readonly { readonly text: string; readonly because: string }[];
};

/** The file system that a directory is on, and the directory from its root. */
export type MountedAt = {
  readonly device: string;
  readonly stack: readonly string[];
  readonly directory: string;
};

export type KdumpFile = { readonly path: string; readonly text: string };

type Setting = { readonly key: string; readonly value: string; readonly text: string };

/** Builds up as settings are read; what is said later wins, as it does there. */
type Draft = {
  readonly named: ImportedMap[];
  readonly withoutHostKey: ImportedMap[];
  identity: string | undefined;
  readonly here: Here;
  directory: string;
  /** A target was named, also one that a profile cannot have. */
  elsewhere: boolean;
  /** Where the machine's own file system is tried after all others. */
  toRoot: boolean;
  keep: number | undefined;
  keepFree: number | undefined;
  dump: ImportedMap;
  finalAction: string | undefined;
  failureAction: string | undefined;
  append: readonly string[];
  remove: readonly string[];
  drivers: readonly string[];
  readonly left: { readonly text: string; readonly because: string }[];
};

/** What the machine itself knows; nothing where the files are of another one. */
export type Here = {
  readonly mounted: (directory: string) => MountedAt | undefined;
  readonly hostKey: (host: string) => string | undefined;
};

export function importKdump(files: readonly KdumpFile[], here: Here): ImportedKdump {
  const draft: Draft = {
    named: [],
    withoutHostKey: [],
    identity: undefined,
    here,
    directory: '/var/crash',
    elsewhere: false,
    toRoot: false,
    keep: undefined,
    keepFree: undefined,
    dump: {},
    finalAction: undefined,
    failureAction: undefined,
    append: [],
    remove: [],
    drivers: [],
    left: [],
  };
  for (const file of files) {
    const shell = isShell(file.text);
    for (const setting of settingsOf(file.text, shell, draft))
      take(setting, draft, shell ? shellKeys : confKeys);
  }
  return {
    targets: targetsOf(draft),
    withoutHostKey: draft.withoutHostKey,
    identity: draft.identity,
    dump: draft.dump,
    finalAction: draft.finalAction,
    failureAction: draft.failureAction,
    append: draft.append,
    remove: draft.remove,
    drivers: draft.drivers,
    left: draft.left,
  };
}

const linesOf = (text: string): readonly string[] =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/** kdump.conf has words, the others assignments. */
const isShell = (text: string): boolean =>
  linesOf(text).some((line) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(line));

function settingsOf(text: string, shell: boolean, draft: Draft): readonly Setting[] {
  return linesOf(text).flatMap((line): readonly Setting[] => {
    if (!shell) {
      const [key = '', ...rest] = line.replace(/\s+#.*$/, '').split(/\s+/);
      return [{ key, value: rest.join(' '), text: line }];
    }
    const read = readAssignment(line);
    if (read !== undefined) return [{ key: read.name, value: read.value.trim(), text: line }];
    leave(draft, line, 'only a shell could say what it means');
    return [];
  });
}

const leave = (draft: Draft, text: string, because: string): void => {
  draft.left.push({ text: harmless(text), because });
};

/** A line as it can be shown: without the passwords that such files hold, and in plain characters. */
const harmless = (text: string): string =>
  text
    .replace(/^(\w*(?:PASS|SECRET|TOKEN|KEY)\w*)=.*$/i, '$1=…')
    .replaceAll(/:\/\/([^/\s:@]*):[^/\s@]*@/g, '://$1:…@')
    .replaceAll(/[^ -~…]/g, '?')
    .slice(0, 160);

type Take = (value: string, draft: Draft, setting: Setting) => string | undefined;
type Keys = Readonly<Record<string, Take>>;

/** A key says why it does not come over, or takes what it finds. */
function take(setting: Setting, draft: Draft, keys: Keys): void {
  const { key, value, text } = setting;
  // What is empty is the program's own default.
  if (value === '') return;
  const own = Object.hasOwn(keys, key) ? keys[key] : undefined;
  const because =
    own === undefined
      ? (insteadOfKey(key) ?? 'a profile has nothing like it')
      : own(value, draft, setting);
  if (because !== undefined) leave(draft, text, because);
}

const actions = ['reboot', 'halt', 'poweroff', 'shell'];

const device = (named: string): ImportedMap => ({
  device: named.replace(/^(\w+)="?([^"]*)"?$/, '$1=$2'),
  // A volume is put together first; a plain multipath or encrypted map cannot be told from one by its name.
  ...(/^\/dev\/(mapper\/[^/]+|(?!disk\/|mapper\/|md\/|cciss\/)[^/]+\/[^/]+)$/.test(named)
    ? { stack: ['lvm'] }
    : {}),
  ...(/^\/dev\/md(\d+|\/.+)$/.test(named) ? { stack: ['md'] } : {}),
});

const fileSystem =
  (type: string): Take =>
  (value, draft) => {
    draft.elsewhere = true;
    draft.named.push({ kind: 'filesystem', ...device(value), type });
    return undefined;
  };

/** `directory`: where in the export, if not where `path` says. */
function takeNfs(value: string, draft: Draft, directory?: string): string | undefined {
  draft.elsewhere = true;
  const [, bracketed, plain, path = ''] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\/\S*)$/.exec(value) ?? [];
  const server = bracketed ?? plain;
  if (server === undefined)
    return 'a server and its export were expected, such as nfs.example.org:/srv';
  draft.named.push({
    kind: 'nfs',
    server,
    export: path,
    ...(directory === undefined ? {} : { directory }),
  });
  return undefined;
}

const nfs: Take = (value, draft) => takeNfs(value, draft);
/** Debian mounts the export at its directory. */
const wholeNfs: Take = (value, draft) => takeNfs(value, draft, '/');

/** The key that a server must have is not in these files: kdump takes it from what root knows. */
const ssh: Take = (value, draft) => {
  draft.elsewhere = true;
  const [, user = 'root', host = ''] =
    /^(?:([A-Za-z_][A-Za-z0-9_.-]{0,31})@)?([A-Za-z0-9][A-Za-z0-9.-]*|[0-9a-fA-F]*:[0-9a-fA-F:.]+)$/.exec(
      value,
    ) ?? [];
  if (host === '') return 'a user and a server were expected, such as kdump@dumps.example.org';
  const hostKey = draft.here.hostKey(host);
  if (hostKey === undefined) draft.withoutHostKey.push({ kind: 'ssh', host, user });
  else draft.named.push({ kind: 'ssh', host, user, hostKey });
  return undefined;
};

const identity: Take = (value, draft) => {
  draft.identity = value;
  return undefined;
};

/** Options of makedumpfile: those that a profile has. */
const makedumpfile: Take = (value, draft) => {
  const words = value.split(/\s+/);
  const [first = ''] = words;
  if (/^(scp|cp)$/.test(first)) {
    draft.dump = { format: 'elf' };
    return undefined;
  }
  const compressions: Readonly<Record<string, string>> = {
    '-c': 'zlib',
    '-l': 'lzo',
    '-p': 'snappy',
    '-z': 'zstd',
  };
  const other: string[] = [];
  let dump: ImportedMap = draft.dump;
  for (let at = first.endsWith('makedumpfile') ? 1 : 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const compression = compressions[word];
    const [, attached] = /^-d=?(\d+)/.exec(word) ?? [];
    if (compression !== undefined) dump = { ...dump, compression };
    else if (attached !== undefined) dump = { ...dump, level: Number(attached) };
    else if (word === '-d') dump = { ...dump, level: Number.parseInt(words[++at] ?? '31', 10) };
    else if (word === '--message-level') at++;
    // The raw target has it flattened anyway; the rest is talk.
    else if (!/^(-F|-D|--message-level=.*|--num-threads.*)$/.test(word)) other.push(word);
  }
  const { level = 31 } = dump;
  if (!(Number(level) >= 0 && Number(level) <= 31)) return 'a dump level is 0 to 31';
  draft.dump = dump;
  return other.length === 0 ? undefined : `of this \`dump\` has no ${other.join(', ')}`;
};

const failure: Take = (value, draft) => {
  if (value === 'dump_to_rootfs') {
    draft.toRoot = true;
    return undefined;
  }
  if (!actions.includes(value)) return insteadOfKey('failure_action');
  draft.failureAction = value;
  return undefined;
};

const path: Take = (value, draft) => {
  draft.directory = value.replace(/^(?!\/)/, '/');
  return undefined;
};
/** Words for the system that kdump boots, not for a kernel. */
const notForUs = /^(systemd\.unit|rd\.[\w.]+|elfcorehdr|crashkernel|root|ro|rw|splash|quiet)(=|$)/;

const appended: Take = (value, draft) => {
  const all = value.split(/\s+/);
  const taken = all.filter((word) => !notForUs.test(word));
  draft.append = [...draft.append, ...taken];
  const dropped = all.filter((word) => notForUs.test(word));
  return dropped.length === 0
    ? undefined
    : `${dropped.join(', ')}: for an initramfs that is not used here`;
};

/** In kdump's file a name stands for the word with any value, too. */
const removed: Take = (value, draft) => {
  draft.remove = value
    .split(/\s+/)
    .flatMap((word) => (word.includes('=') ? [word] : [word, `${word}=`]));
  return undefined;
};

const count =
  (key: 'keep' | 'keepFree'): Take =>
  (value, draft) => {
    if (!/^\d{1,5}$/.test(value)) return 'a count was expected';
    if (Number(value) > 0) draft[key] = Number(value);
    return undefined;
  };

const confKeys: Keys = {
  raw: (value, draft) => {
    draft.elsewhere = true;
    draft.named.push({ kind: 'raw', ...device(value) });
    return undefined;
  },
  ext2: fileSystem('ext4'),
  ext3: fileSystem('ext4'),
  ext4: fileSystem('ext4'),
  xfs: fileSystem('xfs'),
  btrfs: fileSystem('btrfs'),
  nfs,
  ssh,
  sshkey: identity,
  path,
  core_collector: makedumpfile,
  final_action: (value, draft) => {
    if (!actions.includes(value)) return insteadOfKey('final_action');
    draft.finalAction = value;
    return undefined;
  },
  failure_action: failure,
  default: failure,
  extra_modules: (value, draft) => {
    draft.drivers = [...draft.drivers, ...value.split(/\s+/)];
    return undefined;
  },
};

/** A place of its own, beside servers. */
const ownDirectory: Take = (value, draft, setting) => {
  draft.toRoot = true;
  return path(value, draft, setting);
};

/** SUSE: `file:///var/crash`, `nfs://server/export`, several with blanks between them. */
const saveDirectories: Take = (value, draft, setting) => {
  const not: string[] = [];
  for (const one of value.split(/\s+/)) {
    const [, scheme, rest = ''] = /^(\w+):\/\/(\S*)$/.exec(one) ?? [];
    const [, server = '', folder = '/'] = /^([^/]+)(\/\S*)?$/.exec(rest) ?? [];
    const why =
      scheme === undefined || scheme === 'file'
        ? ownDirectory(scheme === undefined ? one : rest, draft, setting)
        : scheme === 'nfs'
          ? wholeNfs(`${server}:${folder}`, draft, setting)
          : scheme === 'ssh' || scheme === 'sftp'
            ? ssh(server.replace(/:[^@]*@/, '@'), draft, setting)
            : unreached(scheme, draft);
    if (why !== undefined) not.push(why);
  }
  return not.length === 0 ? undefined : not.join('; ');
};

function unreached(scheme: string, draft: Draft): string {
  draft.elsewhere = true;
  return `${scheme}: no target is reached so`;
}

const formats: Readonly<Record<string, ImportedMap>> = {
  elf: { format: 'elf' },
  none: { format: 'elf' },
  compressed: { compression: 'zlib' },
  lzo: { compression: 'lzo' },
  snappy: { compression: 'snappy' },
  zstd: { compression: 'zstd' },
};

const nothing: Take = () => undefined;

const shellKeys: Keys = {
  // Debian and Ubuntu.
  USE_KDUMP: (value) => (value === '1' ? undefined : 'kdump is switched off in this file'),
  KDUMP_COREDIR: path,
  MAKEDUMP_ARGS: makedumpfile,
  NFS: wholeNfs,
  SSH: ssh,
  SSH_KEY: identity,
  KDUMP_NUM_DUMPS: count('keep'),
  KDUMP_CMDLINE_APPEND: appended,
  // SUSE.
  KDUMP_SAVEDIR: saveDirectories,
  KDUMP_SSH_IDENTITY: identity,
  KDUMP_DUMPLEVEL: (value, draft) => {
    if (!/^([0-9]|[12][0-9]|3[01])$/.test(value)) return 'a dump level is 0 to 31';
    draft.dump = { ...draft.dump, level: Number(value) };
    return undefined;
  },
  KDUMP_DUMPFORMAT: (value, draft) => {
    const format = formats[value.toLowerCase()];
    if (format === undefined) return insteadOfKey('kdump_dumpformat');
    draft.dump = { ...draft.dump, ...format };
    return undefined;
  },
  KDUMP_KEEP_OLD_DUMPS: count('keep'),
  KDUMP_FREE_DISK_SIZE: count('keepFree'),
  KDUMP_IMMEDIATE_REBOOT: (value, draft) => {
    draft.finalAction = value === 'no' || value === 'false' ? 'shell' : 'reboot';
    return undefined;
  },
  // Red Hat and SUSE.
  KDUMP_COMMANDLINE_APPEND: appended,
  KDUMP_COMMANDLINE_REMOVE: removed,
  // `-s`, `-a`, `-c`: which system call loads. Ours takes what the kernel lets it.
  KEXEC_ARGS: (value) =>
    /^(-[asc]|--kexec-\S+)$/.test(value) ? undefined : insteadOfKey('kexec_args'),
  KDUMP_IMG: nothing,
  KDUMP_IMG_EXT: nothing,
};

function targetsOf(draft: Draft): readonly ImportedMap[] {
  const keeping = {
    ...(draft.keep === undefined ? {} : { keep: draft.keep }),
    ...(draft.keepFree === undefined ? {} : { keepFree: `${draft.keepFree}M` }),
  };
  const named = draft.named.map(
    (target): ImportedMap =>
      target.kind === 'filesystem' || target.kind === 'nfs'
        ? { directory: draft.directory, ...target, ...keeping }
        : target,
  );
  // Where nothing else is named kdump writes to the machine's own file system; dump_to_rootfs does so after all others.
  if (draft.elsewhere && !draft.toRoot) return named;
  const at = draft.here.mounted(draft.directory);
  if (at === undefined) {
    leave(
      draft,
      draft.directory,
      `this machine's file system with that directory: add { kind: filesystem, device: "UUID=…", directory: … } to \`targets\`, with what \`findmnt -no UUID,TARGET -T ${draft.directory}\` says there`,
    );
    return named;
  }
  return [
    ...named,
    {
      kind: 'filesystem',
      device: at.device,
      ...(at.stack.length === 0 ? {} : { stack: at.stack }),
      directory: at.directory,
      ...keeping,
    },
  ];
}
