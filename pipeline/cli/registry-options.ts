/** Options of the verbs that work with a registry; apart from its client, which `--help` must not load. */
import type { OptionSpec } from './option.ts';

export const registryOptions = [
  {
    name: 'ca',
    value: 'FILE',
    takes: { kind: 'path' },
    help: 'Authorities (PEM) that the registry and its proxies must have a certificate of, instead of those that Node knows [SSL_CERT_FILE]',
  },
  {
    name: 'authfile',
    value: 'FILE',
    takes: { kind: 'path' },
    help: 'Logins for registries, as `podman login` and `docker login` write them [REGISTRY_AUTH_FILE, else those of podman and Docker]',
  },
  {
    name: 'plain-http',
    help: 'Speak to the registry without encryption; only for one on this machine',
  },
] as const satisfies readonly OptionSpec[];
