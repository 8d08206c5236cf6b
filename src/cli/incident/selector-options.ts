import { type Command, Option } from 'commander';
import type { ConnectionOptions } from './connection.js';

export interface ListOptions extends ConnectionOptions {
  max: string;
  includeRevoked: boolean;
  json: boolean;
  [word: string]: unknown;
}

export interface FindOptions extends ConnectionOptions {
  in?: string;
  fragment?: string;
  json: boolean;
}

export interface RevokeOptions extends ConnectionOptions {
  token?: string;
  owner?: string;
  identity?: string;
  all: boolean;
  platform: boolean;
  pepper?: string;
  reason?: string;
  issuedBefore?: string;
  preview: boolean;
  yes: boolean;
  json: boolean;
}

interface Word {
  /** In the query of `GET /api/v1/tokens`. */
  word: string;
  value: string;
  what: string;
  repeats?: true;
}

const WORDS: Record<string, Word> = {
  owner: { word: 'owner_email', value: '<e-mail>', what: 'tokens of this member; * for all (the default)' },
  identity: { word: 'identity_id', value: '<id>', what: 'tokens of this machine identity' },
  status: { word: 'status', value: '<status>', what: 'active, expired or revoked' },
  name: { word: 'name', value: '<text>', what: 'contained in the name' },
  preview: { word: 'preview', value: '<text>', what: 'contained in the preview' },
  prefix: { word: 'prefix', value: '<prefix>', what: 'what secrets begin with' },
  dialect: { word: 'dialect', value: '<dialect>', what: 'in which it was issued' },
  'scope-has': { word: 'scopes_has', value: '<scope>', what: 'with this scope; repeatable', repeats: true },
  'scope-only': { word: 'scopes_only', value: '<scope>', what: 'with none but these; repeatable', repeats: true },
  'created-before': { word: 'created_before', value: '<time>', what: 'issued before' },
  'created-after': { word: 'created_after', value: '<time>', what: 'issued then or later' },
  'expires-before': { word: 'expires_before', value: '<time>', what: 'with an expiry before' },
  'expires-after': { word: 'expires_after', value: '<time>', what: 'with an expiry then or later' },
  'used-before': { word: 'last_used_before', value: '<time>', what: 'used last before' },
  'used-after': { word: 'last_used_after', value: '<time>', what: 'used then or later' },
  'never-expires': { word: 'never_expires', value: '<true|false>', what: 'without an expiry, or with one' },
  'unused-days': { word: 'unused_days', value: '<days>', what: 'not used for so many days' },
  'external-id': { word: 'external_id', value: '<id>', what: 'with this external id' },
  metadata: { word: 'metadata', value: '<name:value>', what: 'with this in its metadata; repeatable', repeats: true },
  pepper: { word: 'pepper_id', value: '<id>', what: 'whose digest was made with this pepper' },
  'issued-by': { word: 'issued_by_token', value: '<id>', what: 'issued or rotated with this token' },
}; // prettier-ignore

/** The parts of the selector, as options. */
export function withSelector(command: Command): Command {
  for (const [name, { value, what, repeats }] of Object.entries(WORDS)) {
    const option = new Option(`--${name} ${value}`, what);
    if (repeats) option.argParser((each: string, earlier: string[] = []) => [...earlier, each]);
    command.addOption(option);
  }
  return command;
}

/** The given options, in the terms of the API. If no owner is named, all are meant. */
export function selectorIn(options: Record<string, unknown>): Record<string, string | string[]> {
  const given = Object.entries(WORDS).flatMap(([name, { word }]) => {
    const value = options[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    return value === undefined ? [] : [[word, value] as [string, string | string[]]];
  });
  const selector = Object.fromEntries(given);
  return 'owner_email' in selector || 'identity_id' in selector
    ? selector
    : { owner_email: '*', ...selector };
}
