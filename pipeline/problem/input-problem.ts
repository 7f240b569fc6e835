import { showSize } from '../units/units.ts';
import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';
import { programs } from './programs.ts';

/** Where the profile asks for it; undefined if no single key does. */
type Asked = { readonly at: SourcePlace | undefined };

export type ElfIdentity = {
  readonly machine: string;
  readonly bits: 32 | 64;
  readonly order: 'little' | 'big';
};

/** What can be wrong with the inputs that a profile names, and with fetching and reading them. */
export type InputProblem =
  // Programs that the build calls
  | { readonly kind: 'command-missing'; readonly command: string }
  | { readonly kind: 'command-timed-out'; readonly command: string; readonly seconds: number }
  | { readonly kind: 'command-output-large'; readonly command: string; readonly most: number }
  | {
      readonly kind: 'command-failed';
      readonly command: string;
      readonly doing: string;
      readonly exitCode: number;
      readonly said: readonly string[];
    }
  // Files
  | (Asked & {
      readonly kind: 'file-missing';
      readonly path: string;
      readonly role: string;
      /** What is there is a link, and this is what it says. */
      readonly link?: string | undefined;
    })
  | (Asked & {
      readonly kind: 'file-not-taken';
      readonly path: string;
      readonly role: string;
      readonly why: 'not-a-file' | 'too-large';
      readonly most: number;
    })
  | (Asked & {
      readonly kind: 'file-unreadable';
      readonly path: string;
      readonly role: string;
      readonly code: string;
    })
  | (Asked & { readonly kind: 'file-empty'; readonly path: string; readonly role: string })
  // Packages
  | (Asked & { readonly kind: 'deb-not-a-package'; readonly path: string })
  | (Asked & {
      readonly kind: 'deb-truncated';
      readonly path: string;
      readonly member: string;
      readonly need: number;
      readonly have: number;
    })
  | (Asked & {
      readonly kind: 'deb-damaged';
      readonly path: string;
      readonly said: readonly string[];
    })
  | (Asked & {
      readonly kind: 'deb-without-kernel';
      readonly package: string;
      readonly depends: readonly string[];
    })
  | (Asked & {
      readonly kind: 'deb-wrong-architecture';
      readonly package: string;
      readonly found: string;
      readonly expected: string;
    })
  | (Asked & { readonly kind: 'kernels-several'; readonly found: readonly string[] })
  | {
      readonly kind: 'unified-image-damaged';
      readonly path: string;
      readonly section: string;
    }
  | (Asked & {
      readonly kind: 'package-not-found';
      readonly package: string;
      readonly version: string | undefined;
      readonly architecture: string;
      readonly offered: readonly string[];
      readonly said: readonly string[];
    })
  /** Of no mirror was any index ever fetched. */
  | (Asked & {
      readonly kind: 'package-index-unreachable';
      readonly package: string;
      readonly version: string | undefined;
      readonly architecture: string;
      readonly said: readonly string[];
    })
  | (Asked & {
      readonly kind: 'package-download-failed';
      readonly package: string;
      readonly version: string;
      readonly said: readonly string[];
    })
  | (Asked & {
      readonly kind: 'package-sources-missing';
      readonly package: string;
      readonly architecture: string;
      /** There are sources, and they have other architectures. */
      readonly forOthers: boolean;
    })
  // Kernel
  | (Asked & {
      readonly kind: 'kernel-not-installed';
      readonly release: string;
      readonly path: string;
      readonly installed: readonly string[];
      /** Folders that this user may not look into. */
      readonly unread: readonly string[];
    })
  | {
      readonly kind: 'kernel-option-missing';
      readonly option: string;
      readonly value: string | undefined;
      readonly kernel: string;
    }
  | {
      readonly kind: 'modules-for-another-kernel';
      readonly kernel: string;
      readonly kernelRelease: string;
      readonly modules: string;
      readonly modulesRelease: string;
    }
  // Modules
  | (Asked & {
      readonly kind: 'modules-missing';
      readonly release: string | undefined;
      readonly path: string;
    })
  | (Asked & {
      readonly kind: 'module-not-found';
      readonly module: string;
      readonly release: string;
      readonly near: readonly string[];
    })
  | { readonly kind: 'modules-endless'; readonly path: string }
  | { readonly kind: 'module-file-missing'; readonly module: string; readonly path: string }
  | {
      readonly kind: 'module-dependency-missing';
      readonly path: string;
      readonly needs: string;
    }
  | {
      readonly kind: 'module-damaged';
      readonly path: string;
      readonly fault: string;
    }
  | (Asked & {
      readonly kind: 'module-wrong-architecture';
      readonly path: string;
      readonly found: ElfIdentity;
      readonly expected: ElfIdentity;
    })
  // Tools
  | (Asked & {
      readonly kind: 'tool-missing';
      readonly tool: string;
      readonly looked: readonly string[];
      readonly package: string;
    })
  | {
      readonly kind: 'library-missing';
      readonly library: string;
      readonly neededBy: string;
      readonly looked: readonly string[];
    }
  | {
      readonly kind: 'tool-not-elf';
      readonly path: string;
      readonly fault: string;
    }
  | {
      readonly kind: 'tool-wrong-architecture';
      readonly path: string;
      readonly found: ElfIdentity;
      readonly expected: ElfIdentity;
    }
  | (Asked & {
      readonly kind: 'compression-not-built-in';
      readonly compression: string;
      readonly able: readonly string[];
    })
  | LockProblem
  | { readonly kind: 'held-by-another'; readonly path: string; readonly seconds: number };

/** Of a lock file, whose name is the user's to choose; without one it is the usual name. */
type LockProblem = { readonly lockFile?: string } & (
  | (Asked & {
      /** Pinned, and not to be had from the mirrors any more. */
      readonly kind: 'package-gone';
      readonly package: string;
      readonly version: string;
      readonly architecture: string;
      readonly offered: readonly string[];
      readonly said: readonly string[];
    })
  | {
      readonly kind: 'digest-wrong';
      readonly input: string;
      readonly expected: string;
      readonly found: string;
      readonly expectedSize: number;
      readonly foundSize: number;
      readonly pinnedBy: 'lock' | 'package-index';
    }
  | {
      readonly kind: 'lock-differs';
      readonly profile: string;
      readonly part: string;
      readonly locked: string;
      readonly asked: string;
    }
  | { readonly kind: 'lock-input-unknown'; readonly profile: string; readonly input: string }
  | { readonly kind: 'lock-input-gone'; readonly profile: string; readonly input: string }
  | { readonly kind: 'lock-syntax'; readonly message: string }
  | { readonly kind: 'lock-version'; readonly found: string; readonly known: number }
  | {
      readonly kind: 'lock-value';
      readonly key: string;
      readonly expected: string;
      readonly found: string;
    }
);

const lockProblemKinds: readonly string[] = [
  'package-gone',
  'digest-wrong',
  'lock-differs',
  'lock-input-unknown',
  'lock-input-gone',
  'lock-syntax',
  'lock-version',
  'lock-value',
] satisfies readonly LockProblem['kind'][];

export const isLockProblem = <P extends { readonly kind: string }>(
  problem: P,
): problem is Extract<P, LockProblem> => lockProblemKinds.includes(problem.kind);

const asked = (problem: Asked): string[] =>
  problem.at === undefined ? [] : [`asked for at ${showPlace(problem.at)}`];
const said = (lines: readonly string[]): string[] => lines.map((line) => `it said: ${line}`);
const aptSources = ['/etc/apt/sources.list', '/etc/apt/sources.list.d'];

const looked = (places: readonly string[]): string[] => places.map((place) => `looked in ${place}`);
const showElf = (elf: ElfIdentity): string =>
  `${elf.machine}, ${elf.bits} bit, ${elf.order}-endian`;
const atVersion = (version: string | undefined): string =>
  version === undefined ? '' : ` ${version}`;
const lockName = ({ lockFile = 'crashseal.lock' }: LockProblem): string => lockFile;
const updateLock = (problem: LockProblem): string =>
  `if you want this change, build once with --update-lock and commit ${lockName(problem)}`;

export function explainInput(problem: InputProblem): Explanation {
  switch (problem.kind) {
    case 'command-missing': {
      const name = programs[problem.command]?.apt;
      return {
        message: `the program "${problem.command}" is not on this machine`,
        notes: [],
        hint: `install ${name === undefined ? 'it' : `the package ${name}`} and build again`,
      };
    }
    case 'command-timed-out':
      return {
        message: `${problem.command} did not end within ${problem.seconds} s and was stopped`,
        notes: [],
        hint: 'build again; if it happens again, run the program by hand to see what it waits for',
      };
    case 'command-output-large':
      return {
        message: `${problem.command} wrote more than ${showSize(problem.most)} and was stopped`,
        notes: [],
        hint: 'the input of the program is damaged, or not what it should be',
      };
    case 'command-failed':
      return {
        message: `${problem.command} failed while ${problem.doing}`,
        notes: [`exit code ${problem.exitCode}`, ...said(problem.said)],
        hint: "read the program's output above; it names the cause",
      };
    case 'file-missing':
      return {
        message: `${problem.role} ${problem.path} does not exist`,
        notes: [
          ...asked(problem),
          ...(problem.link === undefined
            ? []
            : [
                `it is a link to ${problem.link}, which means a place below the root that the profile names`,
              ]),
        ],
        hint:
          problem.link === undefined
            ? 'correct the path; it is relative to the profile that names it'
            : 'put the file itself there; no link leads out of the root to this machine',
      };
    case 'file-not-taken':
      return {
        message:
          problem.why === 'not-a-file'
            ? `${problem.role} ${problem.path} is not a plain file`
            : `${problem.role} ${problem.path} has more than ${showSize(problem.most)}`,
        notes: asked(problem),
        hint:
          problem.why === 'not-a-file'
            ? 'name a regular file, not a folder, a device or a pipe'
            : 'name the right file; a file of this kind is never that large',
      };
    case 'file-unreadable':
      return {
        message: `${problem.role} ${problem.path} cannot be read`,
        notes: [...asked(problem), `the system says ${problem.code}`],
        hint:
          problem.code === 'EACCES' || problem.code === 'EPERM'
            ? 'build as a user who can read it, or take the kernel from a package instead'
            : 'name a regular file',
      };
    case 'file-empty':
      return {
        message: `${problem.role} ${problem.path} is empty`,
        notes: asked(problem),
        hint: 'make the file again; a copy may have been interrupted',
      };
    case 'deb-not-a-package':
      return {
        message: `${problem.path} is neither a Debian package nor an RPM`,
        notes: [...asked(problem), 'a package begins with "!<arch>" and a member "debian-binary"'],
        hint: 'name a .deb or .rpm file, or use `files` for a bare kernel image',
      };
    case 'deb-truncated':
      return {
        message: `the package ${problem.path} is cut short`,
        notes: [
          ...asked(problem),
          `its member ${problem.member} ends at byte ${problem.need}, the file has ${problem.have}`,
        ],
        hint: 'fetch the package again',
      };
    case 'deb-damaged':
      return {
        message: `the package ${problem.path} cannot be unpacked`,
        notes: [...asked(problem), ...said(problem.said)],
        hint: problem.said.some((line) => line.includes('No space left'))
          ? 'free some space, or choose another folder'
          : 'fetch the package again',
      };
    case 'deb-without-kernel':
      return {
        message: `the package ${problem.package} holds no kernel`,
        notes: [
          ...asked(problem),
          'expected boot/vmlinuz-RELEASE in it',
          ...problem.depends.map((name) => `it depends on ${name}`),
        ],
        hint: 'name the package with the image itself, such as linux-image-RELEASE or kernel-core; kernel.path takes a list where the modules are in another',
      };
    case 'kernels-several':
      return {
        message: 'the packages hold more than one kernel',
        notes: [...asked(problem), ...problem.found],
        hint: 'name the packages of one release only',
      };
    case 'unified-image-damaged':
      return {
        message: `${problem.path} is a unified kernel image without ${problem.section}`,
        notes: ['the section is missing, empty, or lies outside of the file'],
        hint: 'make the image again, or name the kernel and the initramfs as files of their own',
      };
    case 'deb-wrong-architecture':
      return {
        message: `the package ${problem.package} is for ${problem.found}, the profile for ${problem.expected}`,
        notes: asked(problem),
        hint: `take the ${problem.expected} package, or correct the profile's arch`,
      };
    case 'package-not-found':
      return {
        message: `apt knows no package ${problem.package}${atVersion(problem.version)} for ${problem.architecture}`,
        notes: [
          ...asked(problem),
          ...(problem.offered.length === 0 ? [] : [`it offers ${problem.offered.join(', ')}`]),
          ...said(problem.said),
        ],
        hint:
          problem.offered.length === 0
            ? "check the name, and that this machine's apt sources carry it"
            : 'name one of these versions, or drop the version to get the newest',
      };
    case 'package-gone':
      return {
        message: `${problem.package} ${problem.version} (${problem.architecture}), which ${lockName(problem)} pins, is not on the mirrors any more`,
        notes: [
          ...asked(problem),
          problem.offered.length === 0
            ? 'they offer no version of it'
            : `they offer ${problem.offered.join(', ')}`,
          ...said(problem.said),
        ],
        hint: `build once with --update-lock to pin what there is now, or name an archive that still has the package: --packages with a folder or a URL of .deb files`,
      };
    case 'package-index-unreachable':
      return {
        message: `${problem.package}${atVersion(problem.version)} is not in the downloads cache, and no package index for ${problem.architecture} could be fetched`,
        notes: [...asked(problem), ...said(problem.said)],
        hint: 'connect this machine to its apt mirrors, or copy the downloads cache of a machine that has built this; for packages that the lock file pins, --packages names a folder or a URL of .deb files',
      };
    case 'package-download-failed':
      return {
        message: `apt could not fetch ${problem.package} ${problem.version}`,
        notes: [...asked(problem), ...said(problem.said)],
        hint: 'check the network and the apt sources, then build again; what was fetched is kept; --packages names a folder or a URL of .deb files as another source',
      };
    case 'package-sources-missing':
      return {
        message: problem.forOthers
          ? `none of this machine's apt sources has packages for ${problem.architecture}: ${problem.package} cannot be fetched`
          : `this machine has no apt sources to fetch ${problem.package} from`,
        notes: [...asked(problem), ...looked(aptSources)],
        hint: problem.forOthers
          ? `add an apt source of a release that has ${problem.architecture}, or name .deb files in the profile`
          : 'add apt sources, or name .deb files or installed files in the profile',
      };
    case 'kernel-not-installed':
      return {
        message: `no kernel ${problem.release} is installed`,
        notes: [
          ...asked(problem),
          `expected ${problem.path}`,
          ...(problem.installed.length === 0
            ? ['no other kernel is installed']
            : [`installed: ${problem.installed.join(', ')}`]),
          ...problem.unread.map((path) => `${path} cannot be read by this user`),
        ],
        hint: 'name an installed release, or take the kernel from a package',
      };
    case 'kernel-option-missing':
      return {
        message: `${problem.kernel} is built without CONFIG_${problem.option}`,
        notes: [
          `its packaged config ${problem.value === undefined ? 'does not mention it' : `says CONFIG_${problem.option}=${problem.value}`}`,
          'a capture kernel needs CRASH_DUMP and PROC_VMCORE to see the crashed memory, and RELOCATABLE to run in the crash region',
        ],
        hint: "use a kernel with this option built in; a distribution's standard kernel has it",
      };
    case 'modules-for-another-kernel':
      return {
        message: `kernel ${problem.kernelRelease} and modules for ${problem.modulesRelease} do not match`,
        notes: [
          `the kernel is ${problem.kernel}, release ${problem.kernelRelease}`,
          `the modules are ${problem.modules}, release ${problem.modulesRelease}`,
        ],
        hint: 'take both from the same package',
      };
    case 'modules-missing':
      return {
        message: `there are no modules for ${problem.release === undefined ? 'the kernel' : `kernel ${problem.release}`}`,
        notes: [...asked(problem), `expected them in ${problem.path}`],
        hint: 'name the folder that holds kernel/ and modules.builtin, or the package that has the modules too (kernel.path takes a list), or bring a finished initramfs',
      };
    case 'module-not-found':
      return {
        message: `kernel ${problem.release} has no module "${problem.module}"`,
        notes: [
          ...asked(problem),
          'no module file, alias or built-in has that name',
          ...(problem.near.length === 0 ? [] : [`similar: ${problem.near.join(', ')}`]),
        ],
        hint: 'correct the name under initramfs.drivers, or drop it',
      };
    case 'modules-endless':
      return {
        message: `${problem.path} has more modules or folders than any kernel`,
        notes: ['a link in it may lead to a folder above'],
        hint: "name the folder that the kernel's package installs",
      };
    case 'module-file-missing':
      return {
        message: `the module file ${problem.path} is missing`,
        notes: [`modules.dep lists it, and ${problem.module} needs it`],
        hint: 'run depmod for this kernel, or reinstall its package',
      };
    case 'module-dependency-missing':
      return {
        message: `the module ${problem.needs} is missing`,
        notes: [`${problem.path} needs it`],
        hint: "complete the module folder from the kernel's package",
      };
    case 'module-damaged':
      return {
        message: `the file ${problem.path} is damaged`,
        notes: [problem.fault],
        hint: 'reinstall the package that it comes from',
      };
    case 'module-wrong-architecture':
      return {
        message: `the module ${problem.path} is for another architecture`,
        notes: [
          ...asked(problem),
          `it is ${showElf(problem.found)}`,
          `the profile needs ${showElf(problem.expected)}`,
        ],
        hint: "name modules for the profile's arch",
      };
    case 'tool-missing':
      return {
        message: `the tools do not include ${problem.tool}`,
        notes: [...asked(problem), ...looked(problem.looked)],
        hint: `add the package ${problem.package}`,
      };
    case 'library-missing':
      return {
        message: `the library ${problem.library} is missing`,
        notes: [`${problem.neededBy} needs it`, ...looked(problem.looked)],
        hint: 'add the package that contains it to the tools',
      };
    case 'compression-not-built-in':
      return {
        message: `this makedumpfile was built without ${problem.compression}`,
        notes: asked(problem),
        hint: `choose a dump.compression of ${problem.able.join(', ')}, or bring another makedumpfile`,
      };
    case 'tool-not-elf':
      return {
        message: `${problem.path} is neither a program nor a library`,
        notes: [problem.fault],
        hint: 'the capture environment runs ELF programs only; take the packaged program',
      };
    case 'tool-wrong-architecture':
      return {
        message: `${problem.path} is for another architecture`,
        notes: [
          `it is ${showElf(problem.found)}`,
          `the profile needs ${showElf(problem.expected)}`,
        ],
        hint: "take the tools from packages for the profile's arch",
      };
    case 'digest-wrong':
      return {
        message: `${problem.input} differs from what ${problem.pinnedBy === 'lock' ? lockName(problem) : 'the package index'} says`,
        notes: [
          `expected sha256 ${problem.expected}, ${showSize(problem.expectedSize)}`,
          `found    sha256 ${problem.found}, ${showSize(problem.foundSize)}`,
        ],
        hint: problem.pinnedBy === 'lock' ? updateLock(problem) : 'fetch the package again',
      };
    case 'lock-differs':
      return {
        message: `profile ${problem.profile} and ${lockName(problem)} disagree about ${problem.part}`,
        notes: [`the profile asks for ${problem.asked}`, `the lock has ${problem.locked}`],
        hint: updateLock(problem),
      };
    case 'lock-input-unknown':
      return {
        message: `${lockName(problem)} does not pin ${problem.input}, which profile ${problem.profile} now needs`,
        notes: [],
        hint: updateLock(problem),
      };
    case 'lock-input-gone':
      return {
        message: `${lockName(problem)} pins ${problem.input}, which profile ${problem.profile} no longer has`,
        notes: [],
        hint: updateLock(problem),
      };
    case 'held-by-another':
      return {
        message: `another build has held ${problem.path} for ${problem.seconds} seconds`,
        notes: [],
        hint: 'wait for the other build; if none is running, delete this file and build again',
      };
    case 'lock-syntax':
      return {
        message: `${lockName(problem)} cannot be read`,
        notes: [problem.message],
        hint: 'restore it from version control, or delete it and build to make it anew',
      };
    case 'lock-version':
      return {
        message: `${lockName(problem)} has version ${problem.found}, but this tool reads version ${problem.known} only`,
        notes: [],
        hint: 'build with the version of the tool that wrote it, or delete it and build to make a new one',
      };
    case 'lock-value':
      return {
        message: `${lockName(problem)}: ${problem.key} is not ${problem.expected}`,
        notes: [`found ${problem.found}`],
        hint: 'restore it from version control, or delete it and build to make it anew',
      };
  }
}
