/** Which proxy a request goes through, by the variables that curl and most programs know. */

export type WebProxy = {
  readonly url: URL;
  /** With its password, where the variable has one. */
  readonly headers: Readonly<Record<string, string>>;
};

type Env = (name: string) => string | undefined;

/** The lower-case name counts first; an empty value counts as none. */
const either = (env: Env, name: string): string | undefined =>
  env(name.toLowerCase()) || env(name) || undefined;

export function proxyFor(url: URL, env: Env): WebProxy | undefined {
  const secure = url.protocol === 'https:';
  // `HTTP_PROXY` in capitals can come from a header of a CGI request, so curl takes it in small letters only; so do we.
  const value =
    (secure ? either(env, 'HTTPS_PROXY') : env('http_proxy') || undefined) ??
    either(env, 'ALL_PROXY');
  if (value === undefined || isExempt(url, either(env, 'NO_PROXY') ?? '')) return undefined;
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(whole)) return undefined;
  const proxy = new URL(whole);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') return undefined;
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return {
    url: proxy,
    headers:
      proxy.username === ''
        ? {}
        : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` },
  };
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
