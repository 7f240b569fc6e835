/** The door of this folder: the repository at a place. */
import type { Host } from '../host/host.ts';
import { openLayout } from './layout.ts';
import type { Place } from './reference.ts';
import type { Repository } from './repository.ts';

export function openRepository(host: Host, place: Place): Repository {
  switch (place.kind) {
    case 'layout':
      return openLayout(host, place.folder);
    case 'registry':
      throw new Error('registries come next');
  }
}
