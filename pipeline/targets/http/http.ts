/** A web server that takes files by PUT or POST. */
import * as z from 'zod';
import type { ServerMistake } from '../../problem/server-mistake.ts';
import { choice, shape, text } from '../../schema/takes.ts';
import { localFile, localFileOf } from '../local-file.ts';
import type { TargetContext, TargetKind } from '../target.ts';
import { readServerCertificates } from './certificates.ts';
import script from './target-http.sh';

type HttpTarget = {
  readonly kind: 'http';
  /** Without a slash at its end. */
  readonly url: string;
  readonly method: 'PUT' | 'POST';
  /** MiB. */
  readonly part: number;
  readonly ca?: string;
  /** In the capture kernel. */
  readonly token?: string;
};

const usualToken = '/etc/crashseal/http/token';

const schema = z.strictObject({
  kind: shape('http'),
  url: z.string({ error: 'an address that begins with https:// or http://' }).meta({
    description:
      'Folder on the server. A folder for each panic is added, and in it `vmcore-dmesg.txt`, the parts of the dump, and last a manifest with the size and SHA-256 of each part.',
    examples: ['https://dumps.example.org/crash'],
  }),
  method: choice(['PUT', 'POST']).default('PUT').meta({ description: 'How files are sent.' }),
  part: text('a size from 1M to 64M such as "8M"', /^([1-9]|[1-5][0-9]|6[0-4])M$/)
    .default('8M')
    .meta({
      description:
        'Size of a part. The capture kernel needs as much memory for it, and sends a part again that did not arrive.',
    }),
  ca: z.string({ error: 'certificates in PEM form' }).optional().meta({
    description:
      'Certificate of the authority that signed the one of the server, or that one itself, in PEM form; https needs it. Any other server gets nothing.',
    defaultText: 'none',
  }),
  token: localFile('the token')
    .optional()
    .meta({
      description:
        'Where the bearer token is in the capture kernel, in the first line of a file that the local overlay of the machine brings. Without it the loader does not arm the bundle.',
      defaultText: 'none is sent',
      examples: [usualToken],
    }),
});
type HttpInput = z.output<typeof schema>;

type Name = keyof HttpInput & string;

function checkUrl(input: HttpInput, wrong: (name: Name, mistake: ServerMistake) => void): void {
  const url = URL.canParse(input.url) ? new URL(input.url) : undefined;
  const plain = /^https?:\/\/[!#$%&()*+,\-./0-9:;=?@A-Z[\]^_`a-z{|}~]+$/.test(input.url);
  if (url === undefined || !plain) {
    wrong('url', { kind: 'url-form' });
    return;
  }
  if (url.username !== '' || url.password !== '') wrong('url', { kind: 'url-credentials' });
  else if (url.search !== '' || input.url.includes('?'))
    wrong('url', { kind: 'url-more', part: 'query' });
  else if (url.hash !== '' || input.url.includes('#'))
    wrong('url', { kind: 'url-more', part: 'fragment' });
  if (url.protocol === 'https:') {
    if (input.ca === undefined) wrong('url', { kind: 'certificate-missing' });
    return;
  }
  if (input.ca !== undefined) wrong('ca', { kind: 'plain', what: 'nobody shows a certificate' });
  if (input.token !== undefined)
    wrong('token', { kind: 'plain', what: 'anybody on the way could read the token' });
}

function settle(input: HttpInput, context: TargetContext): HttpTarget {
  const { key, place, report, says } = context;
  const wrong = (name: Name, mistake: ServerMistake): void =>
    report({
      kind: 'server-useless',
      place: says(name) ? place(name) : place(),
      key: key(name),
      mistake,
    });
  checkUrl(input, wrong);
  const read = input.ca === undefined ? undefined : readServerCertificates(input.ca);
  if (read !== undefined && 'mistake' in read) wrong('ca', read.mistake);
  return {
    kind: 'http',
    url: input.url.replace(/\/+$/, ''),
    method: input.method,
    part: Number(input.part.slice(0, -1)),
    ...(read !== undefined && 'pem' in read ? { ca: read.pem } : {}),
    ...(input.token === undefined
      ? {}
      : { token: localFileOf(input.token, 'token', usualToken, context) }),
  };
}

/** An IPv6 address stands in brackets in a URL. Nothing of a text that is none, which has been reported. */
const hostOf = (url: string): string =>
  URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';

export const http: TargetKind<typeof schema, HttpTarget> = {
  schema,
  example: { kind: 'http', url: 'http://192.0.2.7/crash' },
  problems: ['unknown-key', 'server-useless'],
  settle,
  needs: ({ url, token }) => ({
    drivers: [],
    server: hostOf(url),
    tools: [{ name: 'curl', package: 'curl' }],
    localFiles: token === undefined ? [] : [token],
  }),
  script,
  describe: ({ url }) => url,
  settings: ({ url, method, part, token }) => ({
    target_url: url,
    target_host: hostOf(url),
    target_method: method,
    target_part: String(part),
    ...(token === undefined ? {} : { target_token: token }),
  }),
  files: ({ ca }): Readonly<Record<string, string>> => (ca === undefined ? {} : { ca }),
};
