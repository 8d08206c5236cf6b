import { resolve } from 'node:path';
import { text } from './environment.js';

/** Where the embedded database and the generated secrets are kept. */
export function dataDirectory(): string {
  return resolve(text('RESCIND_DATA_DIR') ?? './data');
}
