/**
 * One question to a registry and its answer: with what it needs to be let in, followed to where the answer is, and
 * asked again when the registry is busy. OCI distribution 1.1.
 */
import type { HttpAnswer, HttpBody, HttpClient, HttpRequest } from '../host/http-client.ts';
import { type Failure, fail, ok, type Result } from '../problem/result.ts';
import type { Login } from './login.ts';
import { isObject, readJson } from './read-json.ts';

export type Question = {
  readonly method: HttpRequest['method'];
  readonly url: URL;
  /** Names the rights that it needs: requests with the same rights share a token. */
  readonly use: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** Of answers that mean something to the caller; each other one is a problem. */
  readonly expect: readonly number[];
  /** False where asking again is not the same as asking once: the caller knows how to go on. */
  readonly again?: false;
};

export type Exchange = (question: Question) => Promise<Result<HttpAnswer & { readonly url: URL }>>;

export type ExchangeSettings = {
  readonly client: HttpClient;
  readonly origin: URL;
  readonly login: Login;
  readonly wait: (ms: number) => Promise<void>;
  /** Seconds since 1970. */
  readonly now: () => number;
};

const triesMax = 5;
const redirectsMax = 5;
/** A token may have run out; a new one that is refused too is not the right one. */
const loginsMax = 2;
const firstWaitMs = 500;
/** A registry that asks for more patience than this is asked again by the next run. */
const waitMaxMs = 60_000;
/** Of an answer that says what is wrong. */
const saidMax = 16 << 10;

const busy: readonly number[] = [408, 429, 500, 502, 503, 504];
const redirects: readonly number[] = [301, 302, 303, 307, 308];

export function exchangeWith(settings: ExchangeSettings): Exchange {
  const { client, login, origin, wait } = settings;

  /** Let in and followed, but asked once. */
  async function ask(question: Question): Promise<Result<HttpAnswer & { readonly url: URL }>> {
    let { url } = question;
    let logins = 0;
    for (let hops = 0; ; ) {
      const away = url.origin !== origin.origin;
      const refused = refusedAddress(origin, url);
      if (refused !== undefined) return refused;
      // What lets us in is for the registry alone, wherever it sends us.
      const authorization = away ? undefined : login.header(question.use);
      const answer = await client.send({
        method: question.method,
        url,
        headers: {
          'user-agent': 'crashseal',
          ...question.headers,
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(question.body === undefined ? {} : { body: question.body }),
      });
      if (!answer.ok) return answer;
      const { status } = answer.value;
      if (status === 401 && !away) {
        const challenge = answer.value.header('www-authenticate');
        await answer.value.discard();
        if (logins++ < loginsMax) {
          const better = await login.answer(question.use, challenge, authorization);
          if (!better.ok) return better;
          if (better.value) continue;
        }
        return fail({
          area: 'registry',
          kind: 'login-needed',
          where: url.host,
          tried: authorization !== undefined,
        });
      }
      const location = answer.value.header('location');
      if (
        redirects.includes(status) &&
        location !== undefined &&
        !question.expect.includes(status)
      ) {
        await answer.value.discard();
        // 301 to 303 turn a question with a body into another one.
        const keeps = question.method === 'GET' || question.method === 'HEAD' || status >= 307;
        if (++hops > redirectsMax || !keeps || !URL.canParse(location, url.href))
          return fail({
            area: 'registry',
            kind: 'address-refused',
            where: origin.host,
            to: location.slice(0, 200),
            why: 'redirects',
          });
        url = new URL(location, url);
        continue;
      }
      return ok({ ...answer.value, url });
    }
  }

  return async (question) => {
    let waited = 0;
    for (let tries = 1; ; tries++) {
      const answer = await ask(question);
      const last = tries === triesMax || question.again === false;
      if (!answer.ok) {
        if (last || !isPassing(answer)) return answer;
        await wait(pause(tries));
        continue;
      }
      const { status } = answer.value;
      if (question.expect.includes(status)) return answer;
      if (!busy.includes(status) || last) return refusal(answer.value, origin.host);
      const wanted = retryAfter(answer.value.header('retry-after'), settings.now());
      const ms = wanted === undefined ? pause(tries) : wanted;
      if (waited + ms > waitMaxMs) return refusal(answer.value, origin.host, Math.ceil(ms / 1000));
      await answer.value.discard();
      waited += ms;
      await wait(ms);
    }
  };
}

/** A connection that failed may be there again in a moment; a certificate does not get better. */
export const isPassing = ({ problems: [problem] }: Failure): boolean => {
  if (problem.kind === 'registry-stalled') return true;
  if (problem.kind === 'registry-refused') return busy.includes(problem.status);
  return (
    problem.kind === 'registry-unreachable' &&
    !/CERT|SELF_SIGNED|ISSUER|ALTNAME|ENOTFOUND|ERR_SSL|ERR_TLS|EPROTO/.test(problem.code)
  );
};

/** Twice as long each time, and not the same for all that were turned away at once. */
export const pause = (tries: number): number => {
  const ms = firstWaitMs * 2 ** (tries - 1);
  return ms / 2 + Math.random() * (ms / 2);
};

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
export function retryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now * 1000);
}

const isThisMachine = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

function refusedAddress(origin: URL, to: URL) {
  if (origin.protocol === 'http:' && !isThisMachine(origin))
    return fail({ area: 'registry', kind: 'plain-elsewhere', where: origin.host });
  const why =
    to.protocol !== 'https:' && to.protocol !== 'http:'
      ? 'scheme'
      : origin.protocol === 'https:' && to.protocol !== 'https:'
        ? 'plain'
        : to.username !== '' || to.password !== ''
          ? 'scheme'
          : undefined;
  return why === undefined
    ? undefined
    : fail({ area: 'registry', kind: 'address-refused', where: origin.host, to: to.origin, why });
}

/** What the registry says is wrong, as its own words. */
async function refusal(answer: HttpAnswer, where: string, wait?: number) {
  const { status } = answer;
  const read = await answer.read(saidMax);
  const json = read.ok ? readJson(read.value) : undefined;
  const errors = isObject(json) && Array.isArray(json.errors) ? json.errors : [];
  const said = errors
    .filter(isObject)
    .map(({ code, message }) => [code, message].filter((one) => typeof one === 'string').join(': '))
    .join('; ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 300);
  return fail({
    area: 'registry',
    kind: 'registry-refused',
    where,
    status,
    said,
    ...(wait === undefined ? {} : { wait }),
  });
}
