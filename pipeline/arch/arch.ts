/** The architectures there are. */
import type { ArchName } from '../profile/profile-types.ts';
import type { Architecture } from './architecture.ts';
import { s390x } from './s390x/s390x.ts';
import { x86_64 } from './x86_64/x86-64.ts';

export const architectures: Readonly<Record<ArchName, Architecture>> = { x86_64, s390x };
