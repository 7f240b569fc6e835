/** Names of machines, as reports and lists have them. Pure. */

/** RFC 1123 names, addresses, and what inventories put between them. */
const name = /^[a-z0-9_]([a-z0-9_.:-]{0,251}[a-z0-9_])?$/;

/** In lower case, since the case of such a name means nothing; undefined where it is none. */
export function hostName(text: string): string | undefined {
  const lower = text.toLowerCase();
  return name.test(lower) ? lower : undefined;
}

/** Of `instance="web1:9100"` and `instance="[fe80::1]:9100"`, without the port. */
export function hostOfInstance(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](:\d{1,5})?$/.exec(text);
  return hostName(bracketed?.[1] ?? text.replace(/^([^:]+):\d{1,5}$/, '$1'));
}

const endings = /\.(json|prom|txt)$/;

/** `reports/web1.json` is of `web1`. */
export const hostOfFile = (path: string): string | undefined =>
  hostName(baseName(path).replace(endings, ''));

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
