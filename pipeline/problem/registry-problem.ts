import { showSize } from '../units/units.ts';
import type { Explanation } from './explanation.ts';

/** What can be wrong with a registry, or with what it says. Data only: the wording is below. */
export type RegistryProblem =
  | {
      readonly kind: 'reference-form';
      readonly reference: string;
      readonly why: 'host' | 'repository' | 'tag' | 'digest' | 'folder';
    }
  | { readonly kind: 'reference-for-build'; readonly reference: string }
  | { readonly kind: 'reference-for-push'; readonly reference: string }
  | { readonly kind: 'reference-without-tag'; readonly reference: string }
  | {
      readonly kind: 'two-for-one-tag';
      readonly reference: string;
      readonly paths: readonly string[];
    }
  | {
      readonly kind: 'tag-twice';
      readonly where: string;
      readonly tag: string;
      readonly digests: readonly string[];
    }
  | { readonly kind: 'not-there'; readonly reference: string }
  | { readonly kind: 'no-bundles'; readonly where: string }
  | { readonly kind: 'no-layout'; readonly folder: string }
  | { readonly kind: 'push-from-registry'; readonly reference: string }
  | { readonly kind: 'manifest-other'; readonly reference: string }
  | { readonly kind: 'referrer-form'; readonly where: string; readonly digest: string }
  | { readonly kind: 'blob-missing'; readonly where: string; readonly digest: string }
  | { readonly kind: 'blob-changed'; readonly where: string; readonly digest: string }
  | {
      readonly kind: 'blobs-lost';
      readonly where: string;
      readonly digests: readonly string[];
    }
  | { readonly kind: 'layout-form'; readonly folder: string; readonly part: string }
  | {
      readonly kind: 'index-too-large';
      readonly where: string;
      readonly most: number;
      readonly when: 'read' | 'written';
    }
  | { readonly kind: 'manifest-form'; readonly where: string; readonly part: string }
  | { readonly kind: 'not-a-bundle'; readonly where: string; readonly found: string }
  | {
      readonly kind: 'digest-wrong';
      readonly where: string;
      readonly what: string;
      readonly expected: string;
      readonly found: string;
    }
  | {
      readonly kind: 'size-wrong';
      readonly where: string;
      readonly what: string;
      readonly expected: number;
    }
  | {
      readonly kind: 'registry-unreachable';
      readonly where: string;
      /** As Node has it: `ECONNREFUSED`. */
      readonly code: string;
      readonly said: string;
    }
  | {
      readonly kind: 'proxy-unusable';
      readonly where: string;
      readonly variable: string;
      /** Undefined: it has no form of an address. */
      readonly scheme: string | undefined;
    }
  | { readonly kind: 'registry-stalled'; readonly where: string; readonly seconds: number }
  | {
      readonly kind: 'registry-refused';
      readonly where: string;
      readonly status: number;
      readonly said: string;
      /** Seconds that it asks to wait. */
      readonly wait?: number;
    }
  | { readonly kind: 'login-needed'; readonly where: string; readonly tried: boolean }
  | { readonly kind: 'logins-form'; readonly path: string }
  | { readonly kind: 'helper-failed'; readonly helper: string; readonly said: string }
  | {
      readonly kind: 'address-refused';
      readonly where: string;
      readonly to: string;
      readonly why: 'plain' | 'scheme' | 'redirects';
    }
  | { readonly kind: 'attachment-large'; readonly path: string; readonly most: number }
  | { readonly kind: 'list-contended'; readonly where: string }
  | {
      readonly kind: 'tag-moved';
      readonly reference: string;
      readonly expected: string;
      readonly found: string | undefined;
    }
  | { readonly kind: 'plain-elsewhere'; readonly where: string }
  | { readonly kind: 'answer-form'; readonly where: string; readonly part: string }
  | { readonly kind: 'answer-too-large'; readonly where: string; readonly most: number };

/** Of those that are lost. */
const shownBlobs = 8;

const references = {
  host: {
    what: 'it does not begin with the host of a registry',
    hint: 'give the host too: registry.example/kdump:web; a folder is oci:DIR',
  },
  repository: {
    what: 'the repository has a form that registries do not take',
    hint: 'use lower-case letters, digits, ".", "_", "-" and "/"',
  },
  tag: {
    what: 'the tag has a form that registries do not take',
    hint: 'use at most 128 letters, digits, ".", "_" and "-"',
  },
  digest: {
    what: 'after "@" there is no SHA-256 digest',
    hint: 'a digest is "sha256:" and 64 hexadecimal digits, such as `crashseal list` prints',
  },
  folder: { what: 'it names no folder', hint: 'name one: oci:bundles:web' },
} as const;

export function explainRegistry(problem: RegistryProblem): Explanation {
  switch (problem.kind) {
    case 'reference-form': {
      const { what, hint } = references[problem.why];
      return { message: `${problem.reference} is no reference: ${what}`, notes: [], hint };
    }
    case 'reference-for-push':
      return {
        message: `${problem.reference} names a digest, and what is pushed has its own`,
        notes: [],
        hint: 'give a tag, or none: then the tag is the name of the profile',
      };
    case 'reference-for-build':
      return {
        message: `${problem.reference} is not one folder, and a build writes to a folder`,
        notes: [],
        hint: 'give oci:DIR, and bring the bundles to a registry by `crashseal push REF oci:DIR`',
      };
    case 'reference-without-tag':
      return {
        message: `${problem.reference} names a repository and no bundle in it`,
        notes: [],
        hint: `add a tag or a digest; \`crashseal list ${problem.reference}\` shows what is there`,
      };
    case 'two-for-one-tag':
      return {
        message: `several bundles would get the tag ${problem.reference}`,
        notes: problem.paths,
        hint: 'leave out the tag, or put {profile} into it: it stands for the name of each profile',
      };
    case 'tag-twice':
      return {
        message: `the index of ${problem.where} has the tag ${problem.tag} twice, at several manifests`,
        notes: problem.digests.map((digest) => `sha256:${digest}`),
        hint: `choose one: \`crashseal promote ${problem.where}@sha256:DIGEST ${problem.tag}\` gives the tag to that one alone`,
      };
    case 'not-there':
      return {
        message: `there is no ${problem.reference}`,
        notes: [],
        hint: 'list without a tag what is there; a registry that hides it from you answers the same',
      };
    case 'no-bundles':
      return {
        message: `no bundle in ${problem.where} has a tag`,
        notes: [],
        hint: 'check the name of the repository; one that is hidden from you looks empty',
      };
    case 'no-layout':
      return {
        message: `there is no OCI layout ${problem.folder}`,
        notes: [],
        hint: 'check the name; `crashseal build --to oci:DIR` and `crashseal push oci:DIR` write one',
      };
    case 'push-from-registry':
      return {
        message: `${problem.reference} is no file here, and push takes none from a registry`,
        notes: [],
        hint: `fetch it with \`crashseal pull ${problem.reference}\` and push the file; or copy it with \`oras copy --recursive\``,
      };
    case 'manifest-other':
      return {
        message: `the manifest of ${problem.reference} is not the one that crashseal writes for this bundle`,
        notes: ['what it says of the bundle, or how it cuts it, is not as the seal has it'],
        hint: `write the bundle to a file with \`crashseal pull ${problem.reference}\`, look at it with \`crashseal verify\`, and push the file`,
      };
    case 'referrer-form':
      return {
        message: `sha256:${problem.digest} in ${problem.where} refers to a bundle, and is not of a form that is copied`,
        notes: [],
        hint: 'only single manifests are; bring it there with `oras copy --recursive`',
      };
    case 'blob-missing':
      return {
        message: `${problem.where} does not have sha256:${problem.digest}, which a manifest there names`,
        notes: [],
        hint: 'push the bundle again',
      };
    case 'blob-changed':
      return {
        message: `what was written to ${problem.where} as sha256:${problem.digest} has another digest or size`,
        notes: ['its bytes changed after they were looked at, or are not as many as was said'],
        hint: 'nothing of it was kept; push again when nobody writes to what is pushed',
      };
    case 'blobs-lost':
      return {
        message: `${problem.where} no longer has every blob that this build has put there`,
        notes: [
          ...problem.digests.slice(0, shownBlobs).map((digest) => `sha256:${digest}`),
          ...(problem.digests.length > shownBlobs ? ['and others'] : []),
          'no tag was moved',
        ],
        hint: 'build again, and let nobody remove anything from that folder meanwhile',
      };
    case 'layout-form':
      return {
        message: `${problem.folder} is no OCI layout that can be used: ${problem.part}`,
        notes: [],
        hint: 'name a folder that is new or empty, or one that crashseal, skopeo or oras wrote',
      };
    case 'index-too-large':
      return {
        message: `the index of ${problem.where} ${problem.when === 'read' ? 'has' : 'would have'} more than ${showSize(problem.most)}`,
        notes: [
          ...(problem.when === 'read' ? [] : ['no tag was moved, and the index is as it was']),
          'bundles that lost their tags stay in the index until somebody prunes',
        ],
        hint: `run \`crashseal prune --remove ${problem.where}\`; if that does not suffice, use another folder`,
      };
    case 'manifest-form':
      return {
        message: `the manifest ${problem.where} is not of the form of a bundle: ${problem.part}`,
        notes: [],
        hint: 'push the bundle with a crashseal of this version, or pull with the one that pushed it',
      };
    case 'not-a-bundle':
      return {
        message: `${problem.where} is not a bundle, but ${problem.found}`,
        notes: [],
        hint: '`crashseal list` shows which bundles are there',
      };
    case 'digest-wrong':
      return {
        message: `${problem.where} gave another ${problem.what} than was asked for`,
        notes: [`asked for sha256:${problem.expected}`, `received  sha256:${problem.found}`],
        hint: 'nothing of it was kept; if it happens again, the registry or something on the way is damaged or lies',
      };
    case 'size-wrong':
      return {
        message: `${problem.where} gave a ${problem.what} that does not have its ${problem.expected} bytes`,
        notes: [],
        hint: 'nothing of it was kept; if it happens again, the registry or something on the way is damaged or lies',
      };
    case 'registry-unreachable':
      return {
        message: `${problem.where} cannot be reached: ${problem.said}`,
        notes: [],
        hint: isOfCertificate(problem.code)
          ? 'give the authority of its certificate with --ca'
          : 'check its name, the network, and the proxy (HTTPS_PROXY, NO_PROXY)',
      };
    case 'proxy-unusable':
      return {
        message: `${problem.where} is not asked: ${problem.variable} names ${problem.scheme === undefined ? 'a proxy in a form that is no address' : `a proxy of the kind ${problem.scheme}`}, and only proxies of HTTP are known`,
        notes: [],
        hint: 'set HTTPS_PROXY to http://HOST:PORT or https://HOST:PORT; or name the registry in NO_PROXY, if it can be reached without',
      };
    case 'registry-stalled':
      return {
        message: `${problem.where} did not go on for ${problem.seconds} seconds`,
        notes: [],
        hint: 'try again later; what it has already is not sent again',
      };
    case 'registry-refused':
      return {
        message: `${problem.where} answered ${problem.status}${problem.said === '' ? '' : `: ${problem.said}`}`,
        notes: problem.wait === undefined ? [] : [`it asks to wait for ${problem.wait} seconds`],
        hint: hintOf(problem.status),
      };
    case 'login-needed':
      return problem.tried
        ? {
            message: `${problem.where} does not take the login that is known for it`,
            notes: [],
            hint: 'log in again with `podman login` or `docker login`',
          }
        : {
            message: `${problem.where} asks for a login, and none is known for it`,
            notes: [],
            hint: 'log in with `podman login` or `docker login`, or name a file of theirs with --authfile',
          };
    case 'logins-form':
      return {
        message: `${problem.path} is no file with logins`,
        notes: [],
        hint: '`podman login` and `docker login` write one; remove it and log in again',
      };
    case 'helper-failed':
      return {
        message: `${problem.helper} gave no login: ${problem.said}`,
        notes: [],
        hint: 'run it by hand with `get` and the name of the registry on standard input',
      };
    case 'address-refused':
      return {
        message: `${problem.where} sends us to ${problem.to}, where we do not go`,
        notes: [addresses[problem.why]],
        hint: 'the registry is not set up right, or it lies: ask who keeps it',
      };
    case 'attachment-large':
      return {
        message: `${problem.path} is larger than ${showSize(problem.most)}, so it is not sent with the bundle`,
        notes: [],
        hint: 'check what it is; files of that name go with the bundle beside them',
      };
    case 'list-contended':
      return {
        message: `${problem.where} does not keep what was added to the list of a bundle's attestations`,
        notes: ['others write the same list at the same time, or the registry loses it'],
        hint: 'push again: what is there is not sent again',
      };
    case 'tag-moved':
      return {
        message: `${problem.reference} does not name the bundle that it should`,
        notes: [
          `expected sha256:${problem.expected}`,
          problem.found === undefined ? 'found    nothing' : `found    sha256:${problem.found}`,
        ],
        hint: 'somebody moved it; look with `crashseal list`, and promote again',
      };
    case 'plain-elsewhere':
      return {
        message: `${problem.where} is not on this machine, so it is not asked without encryption`,
        notes: ['anyone on the way could read the login, and exchange what is sent'],
        hint: 'leave out --plain-http, and name the authority of its certificate with --ca',
      };
    case 'answer-form':
      return {
        message: `${problem.where} gave an answer that is not as OCI registries answer: ${problem.part}`,
        notes: [],
        hint: 'check that this is a registry, and not a page to log in for the network',
      };
    case 'answer-too-large':
      return {
        message: `${problem.where} answered with more than ${showSize(problem.most)}`,
        notes: ['the rest was not read'],
        hint: 'no answer of this kind is so large; check that this is a registry',
      };
  }
}

const isOfCertificate = (code: string): boolean => /CERT|SELF_SIGNED|ISSUER|ALTNAME/.test(code);

const addresses = {
  plain: 'the address is not encrypted',
  scheme: 'the address is not one of the web',
  redirects: 'one address leads to the next, or to one that does not take what is sent',
} as const;

function hintOf(status: number): string {
  switch (status) {
    case 403:
      return 'this login may not do that here: ask who keeps the registry, or use another one';
    case 404:
      return 'check host and repository; a registry that hides them from you answers the same';
    case 405:
      return 'it is read-only, or a mirror: push to where it takes its content from';
    case 413:
      return 'the registry, or a proxy before it, takes no piece as large: raise its limit';
    case 429:
      return 'it has had too many requests: try again later';
    case 507:
      return 'its disk is full: make room there';
    default:
      return status >= 500
        ? 'it has trouble of its own: try again later, and look at its log'
        : 'look at the log of the registry';
  }
}
