/** Which proxy a request goes through, by the variables that curl and most programs know. */
import { fail, ok, type Result } from '../problem/result.ts';

export type WebProxy = {
  readonly url: URL;
  /** With its password, where the variable has one. */
  readonly headers: Readonly<Record<string, string>>;
};

type Env = (name: string) => string | undefined;

/** The lower-case name counts first; an empty value counts as none. */
const either = (env: Env, name: string): Setting | undefined =>
  as(env, name.toLowerCase()) ?? as(env, name);

type Setting = { readonly variable: string; readonly value: string };

function as(env: Env, variable: string): Setting | undefined {
  const value = env(variable) ?? '';
  return value === '' ? undefined : { variable, value };
}

/**
 * Undefined: none. One that we cannot use is a problem: whoever sets it may not want the registry to be asked from
 * here, and may have no other way to it.
 */
export function proxyFor(url: URL, env: Env): Result<WebProxy | undefined> {
  const secure = url.protocol === 'https:';
  // `HTTP_PROXY` in capitals can come from a header of a CGI request, so curl takes it in small letters only; so do we.
  const found =
    (secure ? either(env, 'HTTPS_PROXY') : as(env, 'http_proxy')) ?? either(env, 'ALL_PROXY');
  if (found === undefined || isExempt(url, either(env, 'NO_PROXY')?.value ?? ''))
    return ok(undefined);
  const { value, variable } = found;
  // What else the value holds may be a password.
  const unusable = (scheme: string | undefined) =>
    fail({ area: 'registry', kind: 'proxy-unusable', where: url.host, variable, scheme });
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(whole)) return unusable(undefined);
  const proxy = new URL(whole);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')
    return unusable(proxy.protocol.slice(0, -1));
  if (proxy.username === '') return ok({ url: proxy, headers: {} });
  const login = [proxy.username, proxy.password].map(unescaped);
  // A % that stands for itself has to be written as %25.
  if (login.includes(undefined)) return unusable(undefined);
  const basic = Buffer.from(login.join(':')).toString('base64');
  return ok({ url: proxy, headers: { 'proxy-authorization': `Basic ${basic}` } });
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `NO_PROXY`: names with all below them, with a port where one is given; `*` for all. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', own] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (own !== undefined && own !== port) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}
