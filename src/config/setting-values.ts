import { readFileSync } from 'node:fs';
import { text } from './environment.js';
import { SETTINGS } from './known-settings.js';

/** Told of by their ids, or known to the start alone, which makes them itself or withdraws them. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  'RESCIND_PEPPER',
  'RESCIND_SIGNING_KEY',
  'RESCIND_MIGRATE_URL',
  'RESCIND_MIGRATE_PASSWORD',
]);

/** What the settings are now, with the content of the files that they name; '' for one that is not set. Never to be shown. */
export function settingValues(): Map<string, string> {
  const names = SETTINGS.filter((name) => !NOT_COMPARED.has(name));
  return new Map(names.map((name) => [name, withContent(text(name) ?? '')]));
}

function withContent(value: string): string {
  if (!value.startsWith('@')) return value;
  try {
    return `${value}\0${readFileSync(value.slice(1), 'utf8')}`;
  } catch {
    return value;
  }
}
