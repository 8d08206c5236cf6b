import { flag } from './environment.js';

/** Whether the process is to stay small, and be somewhat slower for it. Read before anything else is loaded. */
export const smallMemory = (): boolean => flag('RESCIND_SMALL_MEMORY', false);
