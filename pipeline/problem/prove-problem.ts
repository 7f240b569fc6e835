import type { Explanation } from './explanation.ts';

/** Why a bundle cannot be tried at all in a machine made for it. Data only: the wording is below. */
export type ProveProblem =
  | { readonly kind: 'no-qemu'; readonly program: string; readonly package: string }
  | { readonly kind: 'no-machine'; readonly arch: string }
  | { readonly kind: 'no-loader'; readonly arch: string; readonly looked: readonly string[] }
  | { readonly kind: 'kernel-not-pinned'; readonly origin: string }
  | { readonly kind: 'kernel-other'; readonly found: string; readonly expected: string }
  | { readonly kind: 'no-busybox' }
  /** `region`: MiB. */
  | {
      readonly kind: 'estimate-no-dump';
      readonly region: number;
      readonly findings: readonly string[];
    }
  | { readonly kind: 'estimate-unseen' }
  | { readonly kind: 'estimate-no-target' }
  | { readonly kind: 'host-key-form'; readonly file: string }
  /** `found`: its public half. */
  | { readonly kind: 'host-key-other'; readonly file: string; readonly found: string }
  | { readonly kind: 'manifest-lacks'; readonly key: string };

export function explainProve(problem: ProveProblem): Explanation {
  switch (problem.kind) {
    case 'no-qemu':
      return {
        message: `${problem.program} is not installed, so no machine can be made that panics`,
        notes: [],
        hint: `apt-get install ${problem.package}`,
      };
    case 'no-machine':
      return {
        message: `no machine of ${problem.arch} can be made here`,
        notes: [],
        hint: 'try this bundle on a machine that you can lose',
      };
    case 'no-loader':
      return {
        message: `there is no loader for ${problem.arch} beside this tool`,
        notes: problem.looked.map((path) => `looked for ${path}`),
        hint: 'give the loader that the machines have, or the package that they install: `--loader FILE`',
      };
    case 'kernel-not-pinned':
      return {
        message: `the kernel of the bundle does not come from a Debian package: ${problem.origin}`,
        notes: ['a system that panics needs its image and its modules'],
        hint: 'give the package of the same kernel: `--kernel FILE.deb`',
      };
    case 'kernel-other':
      return {
        message: `that package holds the kernel ${problem.found}, and the bundle is for ${problem.expected}`,
        notes: [],
        hint: 'give the package of the same kernel',
      };
    case 'no-busybox':
      return {
        message: 'the bundle pins no busybox, which the system that panics is made of',
        notes: [],
        hint: 'give a static one of its architecture: `--busybox FILE`',
      };
    case 'estimate-no-dump':
      return {
        message: `no dump was saved with crashkernel=${problem.region}M either, so nothing can be measured`,
        notes: problem.findings,
        hint: '`crashseal test-crash --quick --logs DIR` keeps the console',
      };
    case 'estimate-no-target':
      return {
        message: 'no machine here can have a target of this bundle, so no dump can be saved',
        notes: [],
        hint: '`crashseal test-crash --quick` says why of each; add a target that can be had, such as a disk',
      };
    case 'estimate-unseen':
      return {
        message: 'the capture kernel does not say how much memory it has left',
        notes: [
          'measured is what the kernel and the init of crashseal write on the console',
          'a finished initramfs has another init, and `quiet` silences the kernel',
        ],
        hint: 'estimate the same profile with a composed initramfs, and without `quiet`',
      };
    case 'host-key-form':
      return {
        message: `${problem.file} is no private key that OpenSSH reads without a passphrase`,
        notes: [],
        hint: "`--server-host-key` takes the key of a test server, as ssh-keygen writes it: the half whose public one is the target's `hostKey`",
      };
    case 'host-key-other':
      return {
        message: `no ssh target of the bundle pins the host key that belongs to ${problem.file}`,
        notes: [`its public half: ${problem.found}`],
        hint: "give the key that belongs to a target's `hostKey`; without one, the capture kernel is seen to refuse the server",
      };
    case 'manifest-lacks':
      return {
        message: `the manifest of the bundle does not have \`${problem.key}\` in the form that this tool knows`,
        notes: [],
        hint: 'build the bundle with this version of crashseal',
      };
  }
}
