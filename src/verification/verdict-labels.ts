import type { Documented } from '../token-schema/field.js';
import { columnOf, compiled, literal, VERDICT_LABELS } from '../token-schema/derived.js';
import {
  type Column,
  type FieldsWith,
  TOKEN_FIELDS,
  type TokenValues,
} from '../token-schema/token-schema.js';
import type { TokenFacts } from './token-facts.js';

type Stated = FieldsWith<{ verdict: Documented; type: 'varchar' | 'integer' }>;
const STATED = VERDICT_LABELS.filter((name) => TOKEN_FIELDS[name].type !== 'jsonb');

/** The labels of a token for its verdict, but metadata, under the names of answers; null: not set. */
export const labelsInVerdict = compiled<
  (labels: TokenFacts['labels']) => { [Each in Stated as Column<Each>]: TokenValues[Each] }
>('labels', literal(STATED.map((name) => [columnOf(name), `labels?.${name} ?? null`])));

/** The same without those that are not set. */
export const labelsSet = compiled<
  (labels: TokenFacts['labels']) => { [Each in Stated as Column<Each>]?: NonNullable<TokenValues[Each]> }
>(
  'labels',
  `({ ${STATED.map((name) => `...(labels?.${name} == null ? {} : { ${columnOf(name)}: labels.${name} })`).join(', ')} })`,
);

/**
 * The JSON object `json` with one more member, `metadata`.
 * @param json text of an object that has members
 * @param metadata JSON text that is sent as it is: it is neither parsed nor serialised again for each answer
 */
export function withMetadata(json: string, metadata: string | null): string {
  return `${json.slice(0, -1)},"metadata":${metadata ?? 'null'}}`;
}
