/** The architectures there are. */
import type { ArchName } from '../profile/profile-types.ts';
import type { Architecture } from './architecture.ts';
import { x86_64 } from './x86_64/x86-64.ts';

export const architectures: Readonly<Record<ArchName, Architecture>> = { x86_64 };
