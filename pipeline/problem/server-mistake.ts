/** What is wrong with what a profile says of a server. A value that may be a secret is never part of it. */
export type ServerMistake =
  | {
      readonly kind: 'private-key';
      /** Where such a file is in the capture kernel, for a key that only names its place. */
      readonly usual: string | undefined;
    }
  | { readonly kind: 'secret'; readonly usual: string }
  | { readonly kind: 'host-key-form' }
  | { readonly kind: 'host-key-with-name' }
  | { readonly kind: 'host-key-type'; readonly type: string; readonly known: readonly string[] }
  | { readonly kind: 'host-key-damaged'; readonly type: string }
  | { readonly kind: 'rsa-short'; readonly bits: number; readonly least: number }
  | { readonly kind: 'url-form' }
  | { readonly kind: 'url-credentials' }
  | { readonly kind: 'url-more'; readonly part: string }
  | { readonly kind: 'certificate-form' }
  | { readonly kind: 'certificate-damaged'; readonly number: number }
  | { readonly kind: 'certificate-missing' }
  | { readonly kind: 'plain'; readonly what: string };

const overlayInstead = (path: string): string =>
  `write its place, such as ${path}, and let the local overlay of each machine bring the file`;

/** `message` goes on after "`target.hostKey` ". */
export function explainServer(mistake: ServerMistake): {
  readonly message: string;
  readonly notes: readonly string[];
  readonly hint: string;
} {
  switch (mistake.kind) {
    case 'private-key':
      return {
        message: 'holds a private key, which a profile and a bundle must never hold',
        notes: ['whoever could read this file has the key: replace it'],
        hint:
          mistake.usual === undefined
            ? 'the public part alone belongs here'
            : overlayInstead(mistake.usual),
      };
    case 'secret':
      return {
        message: 'is no path, and may be a secret, which a profile and a bundle must never hold',
        notes: ['it is not shown here'],
        hint: overlayInstead(mistake.usual),
      };
    case 'host-key-form':
      return {
        message: 'is no public key of an SSH server',
        notes: ['it takes the kind of the key and the key, such as ssh-ed25519 AAAA…'],
        hint: 'take it from /etc/ssh/ssh_host_ed25519_key.pub on the server',
      };
    case 'host-key-with-name':
      return {
        message: 'begins with the name of a host, as in known_hosts',
        notes: [],
        hint: 'leave the name out: `host` has it already',
      };
    case 'host-key-type':
      return {
        message: `is a key of the kind ${mistake.type}, which no server is known by`,
        notes: [],
        hint: `take one of ${mistake.known.join(', ')}`,
      };
    case 'host-key-damaged':
      return {
        message: `is no whole ${mistake.type} key`,
        notes: [],
        hint: 'copy it again: it is one line',
      };
    case 'rsa-short':
      return {
        message: `is an RSA key of ${mistake.bits} bits`,
        notes: [`OpenSSH and others want ${mistake.least} at least`],
        hint: 'take the ssh-ed25519 key of the server',
      };
    case 'url-form':
      return {
        message: 'is no address of a folder on a web server',
        notes: [],
        hint: 'for example `url: https://dumps.example.org/crash`',
      };
    case 'url-credentials':
      return {
        message: 'has a user name or password in it, which a profile must not hold',
        notes: [],
        hint: 'leave them out; `token` names a file of the local overlay',
      };
    case 'url-more':
      return {
        message: `has a ${mistake.part}, and names of files are added at its end`,
        notes: [],
        hint: 'drop what begins there',
      };
    case 'certificate-form':
      return {
        message: 'holds no certificate in PEM form',
        notes: ['it takes the text of the file, from -----BEGIN CERTIFICATE----- on'],
        hint: 'paste it below `ca: |`, each line indented',
      };
    case 'certificate-damaged':
      return {
        message: `holds a certificate that cannot be read: number ${mistake.number}`,
        notes: [],
        hint: 'paste it again; `openssl x509 -noout -subject` reads a whole one',
      };
    case 'certificate-missing':
      return {
        message: 'is https, but no certificate says which server is meant',
        notes: ['the capture kernel has no certificates of its own'],
        hint: 'add `ca: |` with the certificate of the authority, or of the server itself',
      };
    case 'plain':
      return {
        message: `has no effect without encryption: \`url\` is http, and ${mistake.what}`,
        notes: [],
        hint: 'use https, or drop the key',
      };
  }
}
