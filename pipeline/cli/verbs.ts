/** Every verb with its options: the one source of parser, `--help` and docs/cli.md. */

import { purposes } from '../doctor/purposes.ts';
import { profileName } from '../profile/profile-name.ts';
import { aboutClass, dumpconfClass, machineClasses } from './machine-classes.ts';
import type { OptionSpec, ValuesOf } from './option.ts';
import { registryOptions } from './registry-options.ts';
import { shardForm } from './shard.ts';
import { passphraseOptions, signingOptions } from './signing.ts';
import type { Verb } from './verb.ts';

const json = {
  name: 'json',
  help: 'Print the result, or the problems, as one JSON document on standard output',
} as const satisfies OptionSpec;

const svg = {
  name: 'svg',
  value: 'FILE',
  takes: { kind: 'path' },
  help: 'Draw the memory map of the crash region into FILE (SVG)',
} as const satisfies OptionSpec;

const trust = {
  name: 'trust',
  value: 'FILE',
  takes: { kind: 'path' },
  repeat: true,
  help: 'Trust store, or only the certificate (PEM) of a trusted authority; a revocation list `revoked` in the same folder counts; may be given more than once',
} as const satisfies OptionSpec;

const machineCpus = {
  name: 'cpus',
  value: 'NUMBER',
  takes: { kind: 'count', min: 1, max: 64 },
  help: 'CPUs of the machine [2, or those of the facts, 8 at most]',
} as const satisfies OptionSpec;

const timeLimit = {
  name: 'timeout',
  value: 'SECONDS',
  takes: { kind: 'count', min: 1, max: 86_400 },
  default: '1800',
  help: 'How long one bundle may take',
} as const satisfies OptionSpec;

const consoleLogs = {
  name: 'logs',
  value: 'DIR',
  takes: { kind: 'path' },
  help: 'Keep the console of each machine below DIR, in a folder for each profile',
} as const satisfies OptionSpec;

/** What a machine is made of that a bundle is tried in. */
const partsOptions = [
  {
    name: 'loader',
    value: 'FILE',
    takes: { kind: 'path' },
    help: "Loader of the bundle's architecture, or the package of it (crashseal-load_*.deb) [beside this tool in native/ARCH or deb/, in /usr/lib/crashseal, or the one that is installed here]",
  },
  {
    name: 'kernel',
    value: 'FILE',
    takes: { kind: 'path' },
    help: 'Kernel that panics, for bundles that pin no package: its Debian package, or an image that needs no modules',
  },
  {
    name: 'busybox',
    value: 'FILE',
    takes: { kind: 'path' },
    help: 'Static busybox of the architecture, for bundles that pin none',
  },
  {
    name: 'packages',
    value: 'PLACE',
    takes: { kind: 'text' },
    repeat: true,
    help: 'Folder or URL with .deb files, for packages that the bundle pins and the mirrors do not have any more; may be given more than once',
  },
  {
    name: 'out',
    value: 'DIR',
    takes: { kind: 'path' },
    default: 'out',
    help: 'Folder of builds: what was unpacked is kept in DIR/store',
  },
] as const satisfies readonly OptionSpec[];

const attestation = {
  name: 'attestation',
  value: 'FILE',
  takes: { kind: 'path' },
  help: 'Attestation that the bundle was tried [BUNDLE.test-crash]',
} as const satisfies OptionSpec;

const required = {
  name: 'require',
  value: 'WHAT',
  takes: { kind: 'choice', of: ['test-crash', 'test-crash-warned'] },
  help: 'Refuse a bundle without an attestation that it passed (test-crash), or that at least nothing failed (test-crash-warned), as the setting of a trust store does',
} as const satisfies OptionSpec;

const staleAfter = {
  name: 'stale-after',
  value: 'DURATION',
  takes: { kind: 'duration' },
  default: '2h',
  help: 'Age from which a report counts for nothing, such as 90min, 2h or 7d',
} as const satisfies OptionSpec;

const judgedAt = {
  name: 'at',
  value: 'DATE',
  takes: { kind: 'date' },
  help: 'Moment by which ages and ends are judged, such as 2027-01-31 [now]',
} as const satisfies OptionSpec;

const percent = {
  form: /^(100(\.00?)?|\d{1,2}(\.\d{1,2})?)%$/,
  what: 'a percentage such as 99% or 99.5%',
};

const minArmed = {
  name: 'min-armed',
  value: 'SHARE',
  takes: { kind: 'text', ...percent },
  default: '100%',
  help: 'How many machines must have it armed',
} as const satisfies OptionSpec;

const minWouldDump = {
  name: 'min-would-dump',
  value: 'SHARE',
  takes: { kind: 'text', ...percent },
  default: '100%',
  help: 'How many must have it armed and say that their dump would arrive',
} as const satisfies OptionSpec;

const reports = {
  name: 'reports',
  value: 'PATH',
  takes: { kind: 'path' },
  repeat: true,
  help: 'File with reports, or a folder of them; may be given more than once',
} as const satisfies OptionSpec;

export const verbs = [
  {
    name: 'init',
    summary: 'write a commented starter profile',
    about: [
      'Writes a profile with the keys that matter, each explained. Values come from this machine: installed kernels, block devices, memory and CPUs.',
      'An existing profile is never overwritten.',
      'The JSON Schema for editors is written beside it, as profile.schema.json; not with --stdout.',
    ],
    arguments: [{ name: 'FILE', required: false, help: 'Where to write it [profile.yaml]' }],
    options: [
      {
        name: 'class',
        value: 'CLASS',
        takes: { kind: 'choice', of: machineClasses },
        help: `Class of machine: ${machineClasses.map(aboutClass).join(', ')} [what this machine looks like]`,
      },
      {
        name: 'name',
        value: 'NAME',
        takes: { kind: 'text', ...profileName },
        help: 'Name of the profile, and so of the bundle [that of FILE, or else the class]',
      },
      {
        name: 'dumpconf',
        value: 'FILE',
        takes: { kind: 'path' },
        help: `Take the on-corruption policy over from s390-tools' dumpconf configuration, such as /etc/sysconfig/dumpconf; means --class ${dumpconfClass}`,
      },
      {
        name: 'from',
        value: 'FILE',
        takes: { kind: 'path' },
        repeat: true,
        help: "Take target, dump level, actions and words over from kdump's configuration: /etc/kdump.conf, /etc/default/kdump-tools or /etc/sysconfig/kdump. What has no counterpart is listed in the profile. May be given more than once",
      },
      { name: 'stdout', help: 'Print the profile instead of writing a file' },
      json,
    ],
    examples: [
      { command: 'crashseal init', about: 'a profile for the machine at hand' },
      {
        command: 'crashseal init --class server fleet/db.yaml',
        about: 'a profile for a big server',
      },
      { command: 'crashseal init --class qemu --stdout', about: 'look at one first' },
      {
        command: 'crashseal init --dumpconf /etc/sysconfig/dumpconf z.yaml',
        about: 'with the dump device of an existing dumpconf configuration',
      },
      {
        command: 'crashseal init --from /etc/kdump.conf --from /etc/sysconfig/kdump db.yaml',
        about: 'with the target and the words of an existing kdump',
      },
    ],
  },
  {
    name: 'build',
    summary: 'build sealed bundles from profiles',
    about: [
      'Builds one bundle for each profile: NAME.crashseal in the output folder, or NAME.unsigned.crashseal without a signature.',
      'PROFILE is a file, a folder (its files that end in .yaml or .yml; not those in folders below it), or a pattern in quotation marks: `*` and `?` stand for what is not `/`, `**` for any folders.',
      'Several profiles are built side by side, and what they have in common is done once. All are read before the first is built. When one is refused, those in work are finished and no other is begun; with --keep-going all others are built. The result names each: `bundles`, `refused` and `notTried` in JSON, and exit status 1 where one was refused.',
      'A bundle that is as this build would make it is left alone, and is told as unchanged. OUT/index.json lists the bundles of the folder (docs/packaging.md).',
      'The lock file pins every input by digest. The first build writes it; later builds use exactly what it pins and refuse anything else, unless you give --update-lock.',
      'Results that took long are kept in OUT/store for other profiles and builds; you can delete them.',
    ],
    arguments: [
      {
        name: 'PROFILE',
        required: true,
        many: true,
        help: 'Profiles to build: files, folders, patterns',
      },
    ],
    exactlyOne: { of: ['key', 'signer-command', 'dev-key', 'unsigned'], to: 'say how to sign' },
    options: [
      {
        name: 'out',
        value: 'DIR',
        takes: { kind: 'path' },
        default: 'out',
        help: 'Folder for the bundles',
      },
      {
        name: 'to',
        value: 'REF',
        takes: { kind: 'text' },
        help: 'OCI image layout oci:DIR for the bundles instead of files, named as by `push`: what they have in common is written once (docs/registry.md)',
      },
      ...signingOptions,
      {
        name: 'dev-key',
        help: 'Sign with a development key; if the output folder does not have one, it is made there; not for production',
      },
      { name: 'unsigned', help: 'Do not sign; `.unsigned` is part of the name of the bundle' },
      {
        name: 'lock',
        value: 'FILE',
        takes: { kind: 'path' },
        default: 'crashseal.lock',
        help: 'File that pins every input by digest',
      },
      {
        name: 'date',
        value: 'DATE',
        takes: { kind: 'date' },
        help: 'Build date in the bundle, such as 2027-01-31: a machine whose clock is before it refuses the bundle [SOURCE_DATE_EPOCH, else none]',
      },
      {
        name: 'packages',
        value: 'PLACE',
        takes: { kind: 'text' },
        repeat: true,
        help: 'Folder or URL with .deb files, for packages that the lock file pins and the mirrors do not have any more; the downloads cache of another machine will do; may be given more than once',
      },
      {
        name: 'update-lock',
        help: 'Look for newer inputs, and pin those that are new or have changed',
      },
      {
        name: 'jobs',
        value: 'N',
        takes: { kind: 'count', min: 1, max: 64 },
        help: 'How many profiles are built side by side [the number of CPUs]',
      },
      {
        name: 'keep-going',
        help: 'When a profile is refused, build all others',
      },
      {
        name: 'changed',
        excludes: ['update-lock'],
        help: 'Say which bundles this build would make or replace, and why; build nothing, write nothing, and read no key. Exit status 3 if there are any',
      },
      json,
    ],
    examples: [
      {
        command: 'crashseal build --dev-key profiles/qemu-development.yaml',
        about: 'try it out',
      },
      {
        command: 'crashseal build --key signer.key --cert signer.pem profiles/',
        about: 'a fleet, signed',
      },
      {
        command: 'crashseal build --key signer.key --cert signer.pem --changed profiles/',
        about: 'what of it would change',
      },
      {
        command: 'crashseal build --unsigned --out bundles web.yaml',
        about: 'sign later, elsewhere',
      },
      {
        command: 'crashseal build --update-lock --dev-key web.yaml',
        about: 'take the newest packages',
      },
    ],
  },
  {
    name: 'inspect',
    summary: 'show what is in a bundle',
    about: [
      'Shows identity, validity, signer, dump target, dump level, actions, reservation, segments with their planned places in the crash region, members, inputs, live values and policy of a bundle.',
      'It does not check the signature against a trust anchor: use `crashseal verify` for that.',
    ],
    arguments: [{ name: 'BUNDLE', required: true, help: 'The bundle' }],
    options: [
      svg,
      {
        name: 'html',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Write a page for reviewers: one HTML file that fetches nothing and runs nothing',
      },
      {
        name: 'against',
        value: 'BUNDLE',
        takes: { kind: 'path' },
        needs: [['html']],
        help: 'Have the page tell what differs from this other bundle, as by `crashseal diff --unverified`',
      },
      json,
    ],
    examples: [
      { command: 'crashseal inspect out/web.crashseal', about: 'for people' },
      {
        command: 'crashseal inspect --svg web.svg out/web.crashseal',
        about: 'with a drawing of the crash region',
      },
      {
        command: 'crashseal inspect --html web.html --against old/web.crashseal out/web.crashseal',
        about: 'a page for a review',
      },
      {
        command:
          "crashseal inspect --json out/web.crashseal | jq '.seal.segments[] | .name, .place'",
        about: 'for scripts',
      },
    ],
  },
  {
    name: 'verify',
    summary: 'check signature, chain and every digest of a bundle',
    about: [
      'Checks the form of the archive, the signature over the seal, the chain up to a trusted authority, and size and digest of every member.',
      'Gives the answer that the loader would give on a machine that trusts these authorities; the first line about each bundle says it.',
      'Says as well who attests that the bundle was tried (`crashseal test-crash --attest`). Without such an attestation the bundle is good all the same, unless --require or a trust store asks for one.',
      'Of several bundles each gets its answer: `bundles` and `refused` in JSON, and exit status 1 if one is refused.',
    ],
    arguments: [{ name: 'BUNDLE', required: true, many: true, help: 'Bundles to verify' }],
    options: [
      trust,
      {
        name: 'at',
        value: 'DATE',
        takes: { kind: 'date' },
        help: 'Moment for which certificates and the not-after date are checked, such as 2027-01-31 [now]',
      },
      attestation,
      required,
      json,
    ],
    examples: [
      { command: 'crashseal verify --trust ca.pem out/web.crashseal', about: 'as a machine would' },
      {
        command: 'crashseal verify --trust ca.pem --at 2028-01-01 out/*.crashseal',
        about: 'will they still be good?',
      },
      {
        command: 'crashseal verify --trust ca.pem --require test-crash out/web.crashseal',
        about: 'was it tried, and did it pass?',
      },
    ],
  },
  {
    name: 'diff',
    summary: 'explain what differs between two bundles',
    about: [
      'Compares identity, match rules, command line, policy, members, modules and files in the initramfs, segments, live values, settings, inputs and signatures. The initramfs is opened as the kernel would unpack it.',
      'Both bundles are first verified as by `crashseal verify`: nothing of a bundle is read before its signature is right.',
      'Exit status 0: the sealed content is the same, byte for byte; the signatures may differ. 3: it differs.',
    ],
    arguments: [
      { name: 'A', required: true, help: 'The first bundle' },
      { name: 'B', required: true, help: 'The second bundle' },
    ],
    exactlyOne: { of: ['trust', 'unverified'], to: 'say whom to trust' },
    options: [
      trust,
      {
        name: 'at',
        value: 'DATE',
        takes: { kind: 'date' },
        help: 'Moment for which both are verified, such as 2027-01-31 [now]',
      },
      {
        name: 'unverified',
        excludes: ['at'],
        help: 'Compare the files without checking who signed them; the answer says so',
      },
      json,
    ],
    examples: [
      {
        command: 'crashseal diff --trust ca.pem old/web.crashseal new/web.crashseal',
        about: 'what an update would change',
      },
      {
        command: "crashseal diff --json --trust ca.pem a.crashseal b.crashseal | jq '.files'",
        about: 'for scripts',
      },
    ],
  },
  {
    name: 'resign',
    summary: 'sign a bundle anew, or once more, without building it',
    about: [
      'Replaces the signatures of a bundle, adds one, or removes one. No byte of the seal, or of what it seals, changes.',
      'A bundle may carry up to four signatures, for a rotation of keys or for trust stores that require more than one. The file is replaced in one step, or not changed at all.',
    ],
    arguments: [{ name: 'BUNDLE', required: true, many: true, help: 'Bundles to sign' }],
    exactlyOne: { of: ['key', 'signer-command', 'drop'], to: 'say what to do' },
    options: [
      ...signingOptions,
      {
        name: 'replace',
        help: 'Put the new signature in place of all existing ones; the default',
      },
      {
        name: 'add',
        excludes: ['replace'],
        help: 'Put the new signature after the existing ones',
      },
      {
        name: 'drop',
        value: 'NUMBER',
        takes: { kind: 'count', min: 1 },
        excludes: ['add', 'replace'],
        help: 'Remove a signature instead, counted from 1 as `crashseal inspect` shows them; needs no key',
      },
      {
        name: 'out',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Where to write one bundle [its own file; `.unsigned` leaves the name]',
        oneArgument: true,
      },
      json,
    ],
    examples: [
      {
        command: 'crashseal resign --key new.key --cert new.pem out/web.crashseal',
        about: 'with another key',
      },
      {
        command:
          "crashseal resign --add --key 'pkcs11:token=fleet;object=2028' --passphrase-file pin --cert 2028.pem out/*.crashseal",
        about: 'a second signature, with a key in a token',
      },
      {
        command: 'crashseal resign --drop 1 out/web.crashseal',
        about: 'when every machine trusts the second one',
      },
    ],
  },
  {
    name: 'revoke',
    summary: 'make, extend or show a revocation list',
    about: [
      'Adds keys and bundles to a signed list. A machine with this list beside its trust store refuses these bundles, and does not count a signature with such a key in its chain, whatever certificate the key has.',
      'A list only grows, and each version has a higher number than the one before. An existing list is verified before it is extended; that needs --trust. Without --key and --signer-command the list is only shown.',
    ],
    arguments: [
      {
        name: 'WHAT',
        required: false,
        many: true,
        help: 'What to revoke: a bundle, or a PEM file with certificates, of which the key of the first one is revoked',
        needs: [['key', 'signer-command']],
      },
    ],
    options: [
      {
        name: 'list',
        value: 'FILE',
        takes: { kind: 'path' },
        default: 'revoked',
        help: 'The list, with its signature after it',
      },
      trust,
      {
        name: 'number',
        value: 'NUMBER',
        takes: { kind: 'serial' },
        needs: [['key', 'signer-command']],
        help: 'Number of the list [one more than the last, or 1]',
      },
      {
        name: 'certificate-only',
        needs: [['key', 'signer-command']],
        help: 'Revoke certificates, and not their keys: for a certificate that was issued again with the same key',
      },
      ...signingOptions,
      json,
    ],
    examples: [
      {
        command:
          'crashseal revoke --trust trust.pem --key signer.key --cert signer.pem lost.pem out/old.crashseal',
        about: 'a key, by its certificate, and a bundle',
      },
      { command: 'crashseal revoke --trust trust.pem', about: 'look at it, verified' },
    ],
  },
  {
    name: 'plan',
    summary: 'show what a machine would load, and what it would refuse',
    about: [
      'Runs the loader itself on the facts of a machine, without loading anything: where each segment would go, which live values it would get, or why the bundle would be refused.',
      'Facts come from `crashseal-load --facts FILE BUNDLE` on that machine; without --facts, the facts of this machine are used. The floors of epoch and time come from the facts; the trust store and its revocation list come from --trust.',
      'The loader stops at the first reason against a bundle. `plan` then puts that reason right in a copy of the facts and runs the loader again, so that you see as many reasons as can be found. If the signature is wrong, that is the only one.',
      'With several bundles it says which one would be armed, and why not the others.',
    ],
    arguments: [
      {
        name: 'BUNDLE',
        required: true,
        many: true,
        help: 'The bundle; from several, or from those in a folder, the best is chosen as by the loader',
      },
    ],
    options: [
      {
        name: 'facts',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Archive written by `crashseal-load --facts` [this machine]',
      },
      trust,
      {
        name: 'at',
        value: 'DATE',
        takes: { kind: 'date' },
        help: 'Moment to judge by, such as 2027-01-31 [now]',
        needs: [['facts']],
      },
      attestation,
      { ...required, needs: [['trust']] },
      svg,
      json,
    ],
    examples: [
      {
        command: 'crashseal plan --facts db7.tar --trust ca.pem out/db.crashseal',
        about: 'for another machine',
      },
      {
        command: 'crashseal plan --trust ca.pem out/db.crashseal',
        about: 'for this machine, as root',
      },
    ],
  },
  {
    name: 'test-crash',
    summary: 'boot a machine with a bundle, panic it, and look at the dump',
    about: [
      'Makes a machine in QEMU for each bundle: the kernel and the busybox that the bundle pins, the loader that machines have, the bundle as it is, the disks that its targets name, and web servers under the addresses of the real ones. It is armed and panics; the dump is fetched from its target as by `crashseal savecore`, and judged: complete, the log of this very panic, the registers of each CPU, VMCOREINFO, build id, every page readable.',
      'Then, from the same armed machine: one flipped bit in each part of the loaded image, with the on-corruption policy watched from outside; and one panic for each fall-back target, with the disks of those before it missing. With --quick, only the first panic.',
      'The bundle is first verified as by `crashseal verify`. It needs no KVM, and root for NFS targets alone. What this tool cannot emulate is named and counts as "not proven", never as passed: NFS servers without root and NFS-Ganesha, servers with a name instead of an IPv4 address, bonds and VLANs, stacks of devices, disks that QEMU does not have, encrypted dumps without --identity, EFI.',
      'With --attest, what became of each bundle is written beside it and signed: an in-toto statement with the test-result predicate. Machines whose trust store has `require: test-crash` load no bundle without one that says PASSED. What is not proven makes it WARNED, and so does --quick.',
      'With --from, the bundles are those in a registry, or in an OCI layout (`oci:DIR`), and each result is an attestation there as soon as it is known. Jobs of any engine share them by --shard, and need nothing but the registry: what a trusted tester has attested is not tried again, so that a run goes on where another one was ended.',
      'Exit status 0: every bundle passed. 1: one failed, or could not be tried. 4: none failed, and not everything could be proven. What was tried before counts by its attestation.',
    ],
    arguments: [
      { name: 'BUNDLE', required: false, many: true, help: 'Bundles to try, without --from' },
    ],
    options: [
      trust,
      {
        name: 'from',
        value: 'REF',
        takes: { kind: 'text' },
        repeat: true,
        needs: [['attest']],
        excludes: ['dsse'],
        help: 'Try the bundles that are there: all that have a tag in a repository (HOST/REPOSITORY, `oci:DIR`), or one (with :TAG or @sha256:DIGEST); may be given more than once',
      },
      {
        name: 'to',
        value: 'REF',
        takes: { kind: 'text' },
        needs: [['from']],
        help: 'Repository that the attestations go to, and in which is looked for those of other runs [where the bundle is]',
      },
      {
        name: 'again',
        needs: [['from']],
        help: 'Try what was tried before as well',
      },
      {
        name: 'facts',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Archive written by `crashseal-load --facts` on a machine: CPUs, memory, console and crashkernel= come from it [the profile]',
      },
      machineCpus,
      {
        name: 'memory',
        value: 'MIB',
        takes: { kind: 'count', min: 128, max: 1_048_576 },
        help: 'Memory of the machine in MiB [512 more than is reserved, or that of the facts, 8192 at most]',
      },
      {
        name: 'disk',
        value: 'MIB',
        takes: { kind: 'count', min: 4, max: 1_048_576 },
        help: 'Size of each disk that a target names, in MiB [enough for all memory]',
      },
      {
        name: 'panic',
        value: 'HOW',
        takes: { kind: 'choice', of: ['sysrq', 'nmi'] },
        default: 'sysrq',
        help: 'What makes the machine panic: sysrq, on the last CPU, or an NMI from outside, where the architecture has one',
      },
      { name: 'quick', help: 'Only the first panic' },
      {
        name: 'identity',
        value: 'FILE',
        takes: { kind: 'path' },
        repeat: true,
        help: 'Secret key that opens encrypted dumps, as `crashseal savecore` takes it; may be given more than once',
      },
      {
        name: 'server-key',
        needs: [['server-cert']],
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Private key (PEM) of the server that stands in for that of an https target; without it, the capture kernel is seen to refuse a server that has another one',
      },
      {
        name: 'server-cert',
        needs: [['server-key']],
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Certificate (PEM) of that server, by the authority that the bundle pins, for the address that the target names',
      },
      {
        name: 'server-host-key',
        value: 'FILE',
        takes: { kind: 'path' },
        help: "Private host key of the server that stands in for that of an ssh target: an OpenSSH key whose public half the bundle pins, such as a test server's; without it, the capture kernel is seen to refuse a server that has another one",
      },
      {
        name: 'attest',
        needs: [['key', 'signer-command']],
        help: "Write the result as an attestation that loaders read, BUNDLE.test-crash, signed with a tester's key",
      },
      {
        name: 'dsse',
        needs: [['attest']],
        help: 'Write it as a DSSE envelope as well, BUNDLE.test-crash.dsse.json, for other tools',
      },
      ...signingOptions,
      timeLimit,
      {
        name: 'jobs',
        value: 'NUMBER',
        takes: { kind: 'count', min: 1, max: 64 },
        default: '1',
        help: 'Bundles that are tried side by side',
      },
      {
        name: 'shard',
        value: 'K/N',
        takes: { kind: 'text', form: shardForm, what: 'K/N such as 1/4, env, or env/N' },
        help: 'Try only one of N parts, the K-th, for a job on each of N machines: every N-th BUNDLE, or what --from has there by its digest. `env`: the variables of a Slurm array or of a parallel GitLab job tell it; `env/N`: those of an indexed Kubernetes job with N completions [env with --from, in such a job; else all]',
      },
      consoleLogs,
      {
        name: 'junit',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Write the result as JUnit XML, for CI systems',
      },
      ...partsOptions,
      ...registryOptions,
      json,
    ],
    examples: [
      {
        command: 'crashseal test-crash --quick --trust ca.pem out/web.crashseal',
        about: 'does it save a dump?',
      },
      {
        command:
          'crashseal test-crash --trust ca.pem --jobs 2 --shard 1/4 --junit result.xml --logs logs out/*.crashseal',
        about: 'a quarter of a fleet, in a CI job',
      },
      {
        command:
          'crashseal test-crash --trust ca.pem --attest --key tester.key --cert tester.pem out/web.crashseal',
        about: 'with an attestation for machines that require one',
      },
      {
        command:
          'crashseal test-crash --trust ca.pem --from registry.example/kdump --shard 1/4 --attest --key tester.key --cert tester.pem',
        about: 'a quarter of what a registry has; the results go there',
      },
    ],
  },
  {
    name: 'estimate',
    summary: 'measure how small crashkernel= may be',
    about: [
      'Has a capture kernel save a dump in a machine of QEMU, in a crash region that is surely enough, and reads from its console what it took: at the end of its own start, which is where the most is in use, and while the dump was saved to each target. From that come the smallest region, what it is made of, and what to reserve; then a dump is saved in a region of that very size, and in a larger one where it was not.',
      'A PROFILE (*.yaml, *.yml) is built and signed with a key that is thrown away; a BUNDLE is verified as by `crashseal verify`, and taken as it is.',
      `For a machine with more memory than can be emulated, growth is measured between two smaller ones, and half of it is added. What QEMU does not have is not measured: drivers of other hardware, targets on other machines.`,
      'It warns where the profile reserves less than it recommends. Exit status 1: no dump was saved at what it would recommend either.',
    ],
    arguments: [{ name: 'PROFILE|BUNDLE', required: true, help: 'Profile or bundle to measure' }],
    options: [
      trust,
      {
        name: 'facts',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Archive written by `crashseal-load --facts` on a machine: CPUs, memory and console come from it',
      },
      machineCpus,
      {
        name: 'memory',
        value: 'MIB',
        takes: { kind: 'count', min: 128, max: 1_073_741_824 },
        help: 'Memory of the machine in MiB, however large [that of the facts, or as little as will do]',
      },
      timeLimit,
      consoleLogs,
      {
        name: 'lock',
        value: 'FILE',
        takes: { kind: 'path' },
        default: 'crashseal.lock',
        help: 'Lock file with the pinned inputs of a PROFILE; it is not changed',
      },
      ...partsOptions,
      json,
    ],
    examples: [
      { command: 'crashseal estimate web.yaml', about: 'before the first build' },
      {
        command: 'crashseal estimate --trust ca.pem --memory 1048576 out/web.crashseal',
        about: 'for a machine with 1 TiB',
      },
    ],
  },
  {
    name: 'sbom',
    summary: 'write a bill of materials of a bundle',
    about: [
      'Lists every package in a bundle with version, digest, source and licences, every file of the initramfs with the package that it is from, and every member: as CycloneDX 1.6 or SPDX 2.3 (JSON).',
      'All of it comes from the bundle, whose manifest tells what the packages said of themselves when it was built. Licences are named as in SPDX where the package means the same text; everything else is a LicenseRef. The same bundle gives the same bytes.',
      'A profile is built first, without a signature, as by `crashseal build`; its bundle is not kept.',
      'It does not check the signature: use `crashseal verify` for that.',
    ],
    arguments: [
      { name: 'BUNDLE|PROFILE', required: true, help: 'A bundle, or the profile (YAML) of one' },
    ],
    options: [
      {
        name: 'format',
        value: 'FORMAT',
        takes: { kind: 'choice', of: ['cyclonedx', 'spdx'] },
        default: 'cyclonedx',
        help: 'cyclonedx or spdx',
      },
      {
        name: 'output',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Where to write it [standard output]',
      },
      {
        name: 'out',
        value: 'DIR',
        takes: { kind: 'path' },
        default: 'out',
        help: 'Folder of builds: what a profile needs is kept in DIR/store',
      },
      {
        name: 'lock',
        value: 'FILE',
        takes: { kind: 'path' },
        default: 'crashseal.lock',
        help: 'File that pins the inputs of a profile; it is not changed',
      },
      {
        name: 'date',
        value: 'DATE',
        takes: { kind: 'date' },
        help: 'Build date of the bundle of a profile [SOURCE_DATE_EPOCH, else none]',
      },
      {
        name: 'packages',
        value: 'PLACE',
        takes: { kind: 'text' },
        repeat: true,
        help: 'Folder or URL with .deb files, for packages that the mirrors do not have any more; may be given more than once',
      },
      json,
    ],
    examples: [
      { command: 'crashseal sbom out/web.crashseal --output web.cdx.json', about: 'CycloneDX' },
      {
        command: 'crashseal sbom --format spdx out/web.crashseal --output web.spdx.json',
        about: 'SPDX',
      },
    ],
  },
  {
    name: 'push',
    summary: 'put bundles into a registry',
    about: [
      'Puts each bundle into a registry, or into a folder of the same form (`oci:DIR`, an OCI image layout), under the name of its profile as a tag. `{profile}` in REF stands for that name.',
      'A bundle goes there in slices, and only slices that the registry does not have are sent: kernel and base initramfs once for all profiles. A bundle that did not change costs one request.',
      'Each member must have the digest that the seal says. Who signed a bundle is not checked: machines do that.',
      'What lies beside a bundle goes with it, attached to it: BUNDLE.test-crash (attestations), BUNDLE.cdx.json and BUNDLE.spdx.json (bills of materials).',
      '`oci:DIR` as a BUNDLE is every bundle of such a folder that has a tag there; `oci:DIR:TAG` or `oci:DIR@sha256:DIGEST` is one. They keep their tags where REF has none, and all that refers to them goes with them. No file is written for them.',
      'A bundle that is refused keeps no other one from being pushed: exit status 1.',
    ],
    arguments: [
      {
        name: 'REF',
        required: true,
        help: 'Where to: HOST/REPOSITORY or oci:DIR, with `:TAG` where the tag is not the name of the profile',
      },
      {
        name: 'BUNDLE',
        required: true,
        many: true,
        help: 'Bundles to push: files, or oci:DIR with or without `:TAG` or `@sha256:DIGEST`',
      },
    ],
    options: [
      {
        name: 'signatures',
        help: 'Attach each signature of a bundle as an artifact of its own too, for tools that do not read bundles',
      },
      ...registryOptions,
      json,
    ],
    examples: [
      {
        command: 'crashseal push registry.example/kdump out/*.crashseal',
        about: 'a tag for each profile',
      },
      {
        command: 'crashseal push registry.example/kdump:ring0-{profile} out/*.crashseal',
        about: 'for the first ring of a roll-out',
      },
      { command: 'crashseal push oci:bundles out/web.crashseal', about: 'into a folder' },
      {
        command: 'crashseal push registry.example/kdump oci:bundles',
        about: 'from a folder, such as `crashseal build --to` writes',
      },
    ],
  },
  {
    name: 'pull',
    summary: 'fetch a bundle from a registry',
    about: [
      'Fetches the bundle that a tag or a digest names. Every slice must have its digest, and the file is written as a whole or not at all.',
      'If the file is there already, slices that it has are taken from it. Attestations that are attached to the bundle are written to FILE.test-crash.',
      'With --trust the bundle is verified before the file gets its name, as by `crashseal verify`.',
    ],
    arguments: [
      {
        name: 'REF',
        required: true,
        help: 'The bundle: HOST/REPOSITORY:TAG, HOST/REPOSITORY@sha256:DIGEST, or the same with oci:DIR',
      },
    ],
    options: [
      {
        name: 'output',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Where to write it [PROFILE.crashseal]',
      },
      trust,
      ...registryOptions,
      json,
    ],
    examples: [
      {
        command: 'crashseal pull --trust ca.pem registry.example/kdump:web',
        about: 'verified, as web.crashseal',
      },
      { command: 'crashseal pull --output web.crashseal oci:bundles:web', about: 'from a folder' },
    ],
  },
  {
    name: 'list',
    summary: 'list the bundles in a registry',
    about: [
      'Shows each tag of a repository with profile, architecture, kernel, epoch, end, size and digest of its bundle, or those of the one bundle that REF names.',
      'The manifests in the registry say so, and nobody signed them: `crashseal verify` tells what is true.',
    ],
    arguments: [
      {
        name: 'REF',
        required: true,
        help: 'HOST/REPOSITORY or oci:DIR, with a tag or a digest for one',
      },
    ],
    options: [...registryOptions, json],
    examples: [
      { command: 'crashseal list registry.example/kdump', about: 'all of them' },
      {
        command: "crashseal list --json oci:bundles | jq -r '.bundles[].digest'",
        about: 'for scripts',
      },
    ],
  },
  {
    name: 'promote',
    summary: 'let a tag name a bundle that is in the registry',
    about: [
      'Moves TAG to the bundle that REF names, in the same repository; no bundle is sent. Machines that pull by TAG get it at their next pull.',
      'The bundle is looked up once, and the tag gets its digest: if REF is moved meanwhile, that changes nothing.',
      'Going back is the same with the digest of the bundle before, which the answer tells.',
      'With --ring, the machines that have the bundle already are asked first, as by `crashseal fleet gate`: the tag stays where it is unless the answer is `go`. With --trust the bundle is fetched and verified for that; without it only its head is read.',
      'Exit status 1: the gate says back, or there is a problem. 4: it says wait.',
    ],
    arguments: [
      { name: 'REF', required: true, help: 'The bundle, by tag or by digest' },
      { name: 'TAG', required: true, help: 'The tag to move' },
    ],
    options: [
      {
        name: 'expect',
        value: 'DIGEST',
        takes: {
          kind: 'text',
          form: /^sha256:[0-9a-f]{64}$/,
          what: 'sha256: and 64 hexadecimal digits',
        },
        help: 'Move TAG only if it names this bundle now',
      },
      {
        name: 'ring',
        value: 'FILE',
        takes: { kind: 'path' },
        needs: [['reports']],
        help: 'Move TAG only if the machines in FILE, a name on each line, are well with the bundle, as `crashseal fleet gate` decides',
      },
      { ...reports, needs: [['ring']] },
      { ...minArmed, needs: [['ring']] },
      { ...minWouldDump, needs: [['ring']] },
      { ...trust, needs: [['ring']] },
      {
        name: 'require-test-crash',
        needs: [['trust']],
        help: 'The bundle must have an attestation in the registry, by a tester whom the trust store trusts, that it passed `crashseal test-crash`',
      },
      { ...staleAfter, needs: [['ring']] },
      { ...judgedAt, needs: [['ring']] },
      ...registryOptions,
      json,
    ],
    examples: [
      {
        command: 'crashseal promote registry.example/kdump:ring0-web ring1-web',
        about: 'what the first ring has, for the second',
      },
      {
        command:
          'crashseal promote registry.example/kdump:ring0-web ring1-web --ring ring0.txt --reports reports --min-armed 99%',
        about: 'the same, if the first ring is well',
      },
      {
        command: 'crashseal promote registry.example/kdump@sha256:DIGEST ring1-web',
        about: 'back to the bundle before',
      },
    ],
  },
  {
    name: 'prune',
    summary: 'remove bundles that have ended from a registry',
    about: [
      'Removes the tags of bundles whose not-after date has passed, with what was attached to them. From a folder it also removes what no tag leads to any more; a registry does that itself, when its keeper has it collect garbage.',
      'Without --remove it only tells what it would remove.',
    ],
    arguments: [{ name: 'REF', required: true, help: 'HOST/REPOSITORY or oci:DIR' }],
    options: [
      { name: 'remove', help: 'Remove it' },
      {
        name: 'at',
        value: 'DATE',
        takes: { kind: 'date' },
        help: 'Moment at which a bundle must have ended, such as 2027-01-31 [now]',
      },
      ...registryOptions,
      json,
    ],
    examples: [
      { command: 'crashseal prune registry.example/kdump', about: 'what would go?' },
      { command: 'crashseal prune --remove oci:bundles', about: 'make room in a folder' },
    ],
  },
  {
    name: 'savecore',
    summary: 'fetch dumps from a device, an image or files',
    about: [
      'Finds the dumps in a raw dump target, in the partitions of a disk, in an image of either, in a folder that a dump was stored in as files or as numbered parts, or in one file; saves each as DIR/TIME/vmcore, with dmesg.txt and report.json. TIME is when the capture kernel began, in UTC.',
      "A stream of makedumpfile is put in order on the way, whatever the machine's architecture; tools read the result as it is. What was cut, or cannot be read to its end, is saved as far as it goes, as vmcore.incomplete.",
      'With --identity, an encrypted dump is decrypted; otherwise it stays as vmcore.age. Nothing is changed where the dumps lie, and no folder is overwritten.',
      'Exit status 1 where a dump is not whole, or cannot be saved; the others are saved all the same.',
    ],
    arguments: [
      { name: 'PATH', required: true, help: 'Block device, image, dump file or folder with dumps' },
    ],
    exactlyOne: { of: ['out', 'list'], to: 'say what to do' },
    options: [
      { name: 'out', value: 'DIR', takes: { kind: 'path' }, help: 'Folder for the dumps' },
      {
        name: 'list',
        help: 'Show which dumps are there, and the ledger of panics, and save nothing',
      },
      {
        name: 'identity',
        value: 'FILE',
        takes: { kind: 'path' },
        repeat: true,
        needs: [['out']],
        help: 'Secret key that opens encrypted dumps: a file of age-keygen, or an OpenSSH private key (ed25519) without a passphrase; may be given more than once',
      },
      json,
    ],
    examples: [
      {
        command: 'crashseal savecore --list /dev/disk/by-partlabel/crashdump',
        about: 'what is there?',
      },
      {
        command: 'crashseal savecore crashdump.img --out dumps',
        about: 'from a copy of the device',
      },
      {
        command:
          'crashseal savecore /srv/crash/web1-2026-11-28-14:03:07 --out dumps --identity key.txt',
        about: 'what a server has got, decrypted',
      },
    ],
  },
  {
    name: 'keygen',
    summary: 'make a signing key with its certificates',
    about: [
      "Makes a root and a signer whose certificate leads to the root, each with its key, and trust.pem, the trust store for machines. Keep the root's key in a safe place.",
      'The folder is made with all files in one step. A folder that holds something is refused: keys are never overwritten.',
    ],
    arguments: [],
    options: [
      {
        name: 'out',
        value: 'DIR',
        takes: { kind: 'path' },
        default: 'keys',
        help: 'Folder for keys and certificates',
      },
      {
        name: 'name',
        value: 'NAME',
        takes: { kind: 'text' },
        default: 'crashseal',
        help: 'Name in the certificates',
      },
      {
        name: 'days',
        value: 'DAYS',
        takes: { kind: 'count', min: 1, max: 36_500 },
        default: '825',
        help: "Days that the signer's certificate lasts",
      },
      {
        name: 'authority-days',
        value: 'DAYS',
        takes: { kind: 'count', min: 1, max: 36_500 },
        help: 'Days that the certificates of root and intermediate last [four times --days; with --dev just as long]',
      },
      {
        name: 'bits',
        value: 'BITS',
        takes: { kind: 'count', min: 1 },
        default: '3072',
        help: 'Size of the RSA keys',
      },
      {
        name: 'intermediate',
        help: "Put an authority between root and signer, so that the root's key can stay in a safe",
      },
      {
        name: 'tester',
        help: 'Make keys for a tester, who attests that bundles were tried (`crashseal test-crash --attest`) and cannot sign bundles; a root that is made here issues testers alone',
      },
      {
        name: 'dev',
        help: 'Mark the keys as development keys: every use says so, and only a trust store with `development: accept`, such as the one made here, accepts their signatures',
      },
      {
        name: 'issuer-key',
        needs: [['issuer-cert']],
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Private key (PEM) of an existing authority: it issues the signer, and no root is made',
      },
      {
        name: 'issuer-cert',
        needs: [['issuer-key']],
        value: 'FILE',
        takes: { kind: 'path' },
        repeat: true,
        help: 'Its certificate (PEM), then those above it; may be given more than once',
      },
      {
        ...passphraseOptions.file,
        help: "File whose first line is the passphrase that encrypts the new keys, and opens the issuer's",
      },
      {
        ...passphraseOptions.env,
        help: 'Environment variable with that passphrase',
      },
      json,
    ],
    examples: [
      { command: "crashseal keygen --out keys --name 'Example Fleet'", about: 'for a fleet' },
      {
        command:
          'crashseal keygen --out keys/2028 --issuer-key keys/intermediate.key --issuer-cert keys/intermediate.pem',
        about: 'the next signer, for a rotation',
      },
      {
        command:
          "crashseal keygen --tester --name 'Example Lab' --out keys/tester --issuer-key keys/intermediate.key --issuer-cert keys/intermediate.pem",
        about: 'for who tries bundles',
      },
      { command: 'crashseal keygen --dev --out out/keys', about: 'for trying out' },
    ],
  },
  {
    name: 'doctor',
    summary: 'say what of this machine is missing for what one wants to do',
    about: [
      'Runs every program that is needed, and looks at the downloads cache, its space, the package sources and the loader. Ends with the line that installs what is missing.',
      '`MISSING`: nothing of it can be done. `partly`: only what is said cannot. Exit status 1 where something is missing.',
    ],
    arguments: [],
    options: [
      {
        name: 'for',
        value: 'WHAT',
        takes: { kind: 'choice', of: purposes },
        repeat: true,
        help: `What one wants to do: ${purposes.join(', ')}; may be given more than once [all]`,
      },
      {
        name: 'arch',
        value: 'ARCH',
        takes: { kind: 'text' },
        help: 'Architecture of the bundles that are to be tried [the first that the tool knows]',
      },
      json,
    ],
    examples: [
      { command: 'crashseal doctor --for build', about: 'before the first build' },
      { command: 'crashseal doctor --for test-crash', about: 'can bundles be tried here?' },
    ],
  },
  {
    name: 'fleet status',
    summary: 'tell from reports which machines would leave a dump',
    about: [
      'Reads what machines say of themselves: the JSON of `crashseal-load --status --json`, or metrics of `crashseal-load --prometheus`, as a textfile, as a scrape of node_exporter, or as a federation of many machines. A file `NAME.json` or `NAME.prom`, or a file in a folder `NAME`, is of the machine NAME; metrics with a label `instance` are of the machine that it names.',
      'Tells which bundles are armed where, which machines would not leave a dump and why, what ends when, which machines have not reported for long (--stale-after) or not at all (--hosts), and which reports are not used.',
      'Reports are not signed. A forged one can lie about the machine that it names and about no other; whoever is not on the list of --hosts counts for nothing.',
      'Exit status 1: a machine would not leave a dump, or cannot tell, is stale, missing or not on the list; or a report is not used.',
    ],
    arguments: [
      {
        name: 'REPORTS',
        required: true,
        many: true,
        help: 'Files with reports, or folders of them',
      },
    ],
    options: [
      {
        name: 'hosts',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Machines that there should be, a name on each line',
      },
      staleAfter,
      judgedAt,
      {
        name: 'html',
        value: 'FILE',
        takes: { kind: 'path' },
        help: 'Write a page: one HTML file that fetches nothing and runs nothing',
      },
      json,
    ],
    examples: [
      { command: 'crashseal fleet status reports', about: 'a folder of reports' },
      {
        command:
          'crashseal fleet status --hosts hosts.txt --stale-after 1d --html fleet.html reports',
        about: 'with the machines that should be there, and a page',
      },
    ],
  },
  {
    name: 'fleet gate',
    summary: 'decide from reports whether a roll-out may go on',
    about: [
      'Decides from the reports of the machines of a ring, as `fleet status` reads them: `go` if enough of them have the bundle armed and would leave a dump; `back` if so many say no that this cannot be reached any more; `wait` otherwise. Both shares are of all machines of the ring.',
      'With --bundle, only a machine with one of these bundles armed counts. With another bundle it is open, until it says that it refused the new one. A machine that is stale or missing is open too.',
      'It changes nothing: what follows from the answer is up to the caller, who also knows how long to wait.',
      'Exit status 0: go. 1: back, or a problem. 4: wait.',
    ],
    arguments: [
      {
        name: 'RING',
        required: true,
        help: 'File with the machines of the ring, a name on each line; the ring has the name of the file',
      },
    ],
    exactlyOne: { of: ['reports'], to: 'say where reports are' },
    options: [
      reports,
      minArmed,
      minWouldDump,
      {
        name: 'bundle',
        value: 'FILE',
        takes: { kind: 'path' },
        repeat: true,
        help: 'Bundle that the ring is to have; may be given more than once, for machines of several profiles [any bundle]',
      },
      { ...trust, needs: [['bundle']] },
      {
        name: 'require-test-crash',
        needs: [['trust']],
        help: 'Each bundle must have an attestation beside it, by a tester whom the trust store trusts, that it passed `crashseal test-crash`',
      },
      staleAfter,
      judgedAt,
      json,
    ],
    examples: [
      {
        command:
          'crashseal fleet gate ring1.txt --reports reports --min-armed 99% --min-would-dump 98%',
        about: 'is the first ring well?',
      },
      {
        command:
          'crashseal fleet gate ring1.txt --reports reports --bundle out/web.crashseal --trust ca.pem --require-test-crash',
        about: 'has all of it the new bundle, which was tried?',
      },
    ],
  },
  {
    name: 'clean',
    summary: 'remove what builds keep for later ones',
    about: [
      'Removes what builds made of their inputs (OUT/store), and what killed builds left in the downloads cache. The next build makes it again, from the packages in the cache.',
      'The cache keeps 4 GiB of packages at most, or as much as the environment variable CRASHSEAL_CACHE_MAX says, such as 500M or 20G. Each build, and this verb, removes those that were not used for the longest time. No bundle, key or lock file is touched.',
    ],
    arguments: [],
    options: [
      {
        name: 'out',
        value: 'DIR',
        takes: { kind: 'path' },
        default: 'out',
        help: 'Folder that the bundles are built in',
      },
      {
        name: 'all',
        help: 'Remove every package from the cache as well, and the package indexes: the next build needs the network',
      },
      json,
    ],
    examples: [
      { command: 'crashseal clean', about: 'when the disk is full' },
      { command: 'crashseal clean --all', about: 'start from nothing' },
    ],
  },
  {
    name: 'completion',
    summary: 'print what completes its words in a shell',
    about: ['Prints a script by which the shell completes verbs, options and what they take.'],
    arguments: [{ name: 'SHELL', required: true, of: ['bash', 'zsh', 'fish'], help: 'The shell' }],
    options: [json],
    examples: [
      { command: 'source <(crashseal completion bash)', about: 'in this shell' },
      {
        command: 'crashseal completion fish >~/.config/fish/completions/crashseal.fish',
        about: 'in every one',
      },
    ],
  },
] as const satisfies readonly Verb[];

export type VerbName = (typeof verbs)[number]['name'];

/** The values of a verb's options. */
export type OptionsOf<N extends VerbName> = ValuesOf<
  Extract<(typeof verbs)[number], { readonly name: N }>['options']
>;
