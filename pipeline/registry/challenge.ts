/** What a registry asks for with a 401: RFC 9110, 11.6.1, and the token specification of OCI registries. Pure. */

export type Challenge =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'bearer';
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** The first that we know an answer to; tokens before passwords. */
export function readChallenge(header: string): Challenge | undefined {
  let basic = false;
  // Each scheme with its parameters: a word that no "=" follows begins the next one.
  for (const [, scheme = '', rest = ''] of header.matchAll(
    /(?:^|,)\s*([A-Za-z]+)(?=\s|,|$)((?:\s*,?\s*[A-Za-z_-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,"]+))*)/g,
  )) {
    if (/^basic$/i.test(scheme)) basic = true;
    if (!/^bearer$/i.test(scheme)) continue;
    const parameters = new Map<string, string>();
    for (const [, key = '', quoted, plain = ''] of rest.matchAll(
      /([A-Za-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g,
    ))
      parameters.set(key.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
    const realm = parameters.get('realm');
    if (realm === undefined) continue;
    return {
      kind: 'bearer',
      realm,
      service: parameters.get('service'),
      scope: parameters.get('scope'),
    };
  }
  return basic ? { kind: 'basic' } : undefined;
}
