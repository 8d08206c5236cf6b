import { readFileSync } from 'node:fs';

/** The version of Rescind, from its package.json: two levels above both `src/common` and `dist/common`. */
export function rescindVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
