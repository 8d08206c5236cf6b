import { Foundation1763683200000 } from './1763683200000-foundation.js';

/** All migrations, oldest first. A new one is a new file and a line here; a landed one never changes. */
export const MIGRATIONS = [Foundation1763683200000];
