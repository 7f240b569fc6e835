/** The Authorization header of each request: none until the registry asks, then what it asked for. */
import { bodyOf, type HttpClient } from '../host/http-client.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Challenge, readChallenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { isObject, readJson } from './read-json.ts';

export type Login = {
  /** For requests that need the rights that `use` names, such as a repository. */
  readonly header: (use: string) => string | undefined;
  /**
   * After a 401 with this challenge; `sent` is what was sent. True: there is another header now, so ask again.
   * False: there is none to try.
   */
  readonly answer: (
    use: string,
    challenge: string | undefined,
    sent: string | undefined,
  ) => Promise<Result<boolean>>;
};

const tokenMax = 256 << 10;

/** `origin` is the registry's; `credentials` are looked up when it first asks. */
export function loginTo(
  client: HttpClient,
  origin: URL,
  credentials: () => Promise<Result<Credentials | undefined>>,
): Login {
  const headers = new Map<string, string>();
  /** Of what is asked for right now, so that requests side by side ask once. */
  const asking = new Map<string, Promise<Result<string | undefined>>>();
  let known: Promise<Result<Credentials | undefined>> | undefined;
  const who = () => {
    known ??= credentials();
    return known;
  };

  async function headerFor(challenge: Challenge): Promise<Result<string | undefined>> {
    const we = await who();
    if (!we.ok) return we;
    if (challenge.kind === 'bearer') return token(client, origin, challenge, we.value);
    return ok(we.value?.kind === 'password' ? basic(we.value) : undefined);
  }

  return {
    header: (use) => headers.get(use) ?? headers.get(anyUse),
    answer: async (use, text, sent) => {
      const current = headers.get(use) ?? headers.get(anyUse);
      // Another request has met the same, and knows better meanwhile.
      if (current !== undefined && current !== sent) return ok(true);
      const challenge = readChallenge(text ?? '');
      if (challenge === undefined) return ok(false);
      const key = JSON.stringify(challenge);
      const pending = asking.get(key) ?? headerFor(challenge);
      asking.set(key, pending);
      const header = await pending;
      asking.delete(key);
      if (!header.ok) return header;
      // The same password again is refused again; a token is a new one each time.
      if (header.value === undefined || header.value === sent) return ok(false);
      headers.set(challenge.kind === 'basic' ? anyUse : use, header.value);
      return ok(true);
    },
  };
}

/** A password is good for the whole registry. */
const anyUse = '*';

const basic = ({ user, password }: Extract<Credentials, { kind: 'password' }>): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** From the service that the registry names. It may be another host: that is how token services are. */
async function token(
  client: HttpClient,
  origin: URL,
  { realm, scope, service }: Extract<Challenge, { kind: 'bearer' }>,
  we: Credentials | undefined,
): Promise<Result<string | undefined>> {
  const where = origin.host;
  if (!URL.canParse(realm))
    return fail({ area: 'registry', kind: 'answer-form', where, part: 'address of tokens' });
  const url = new URL(realm);
  // Our password goes there. What is not encrypted is good for a registry that is not encrypted itself.
  if (url.protocol !== 'https:' && (url.protocol !== origin.protocol || url.host !== origin.host))
    return fail({ area: 'registry', kind: 'address-refused', where, to: url.origin, why: 'plain' });
  const scopes = (scope ?? '').split(' ').filter((one) => one !== '');
  let form: Uint8Array | undefined;
  if (we?.kind === 'identity') {
    const words = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: we.token,
      client_id: 'crashseal',
      scope: scopes.join(' '),
    });
    if (service !== undefined) words.set('service', service);
    form = new TextEncoder().encode(words.toString());
  } else {
    if (service !== undefined) url.searchParams.set('service', service);
    for (const one of scopes) url.searchParams.append('scope', one);
  }
  const answer = await client.send({
    method: form === undefined ? 'GET' : 'POST',
    url,
    headers: {
      accept: 'application/json',
      'user-agent': 'crashseal',
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(we?.kind === 'password' ? { authorization: basic(we) } : {}),
    },
    ...(form === undefined ? {} : { body: bodyOf(form) }),
  });
  if (!answer.ok) return answer;
  const { status } = answer.value;
  if (status !== 200) {
    await answer.value.discard();
    if (status === 401 || status === 403 || status === 400) return ok(undefined);
    return fail({ area: 'registry', kind: 'registry-refused', where: url.host, status, said: '' });
  }
  const read = await answer.value.read(tokenMax);
  if (!read.ok) return read;
  const json = readJson(read.value);
  const value = isObject(json) ? (json.token ?? json.access_token) : undefined;
  // A header is one line of visible characters.
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
    ? ok(`Bearer ${value}`)
    : fail({ area: 'registry', kind: 'answer-form', where: url.host, part: 'token' });
}
