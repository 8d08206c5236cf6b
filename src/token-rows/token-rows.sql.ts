import { anyNumberOf, type Prepared } from '../database/prepared.js';
import type { Identity } from '../directory/identities/identity.entity.js';
import type { Member } from '../directory/members/member.entity.js';
import { firstAfterCutOffs, firstCutOff } from '../verification/cut-off.sql.js';
import { columnOf } from '../token-schema/derived.js';
import { GIVEN_IN_JSON, INSERTED, SHOWN_COLUMNS } from '../token-schema/token-columns.sql.js';
import type { FieldsWith, TokenField, TokenValues } from '../token-schema/token-schema.js';
import type { Token } from './token.entity.js';

/**
 * A token `t` with its member `m`, its identity `i` and its cut-off (`cut`), in the form for `tokenFrom`; never the
 * digest.
 */
export const TOKEN_COLUMNS = `${SHOWN_COLUMNS},
  coalesce(m.name, i.name) AS "ownerName", m.email AS "ownerEmail", coalesce(m.role, i.role) AS "ownerRole"`;

/** OFFSET 0: one look-up by each primary key, however many rows the planner expects. */
export const OWNERS_OF_TOKENS = `LEFT JOIN LATERAL (SELECT name, email, role FROM members WHERE id = t.member_id OFFSET 0) m ON true
  LEFT JOIN LATERAL (SELECT name, role FROM identities WHERE id = t.identity_id OFFSET 0) i ON true
  ${firstCutOff()}`;

/** For tokens that are known not to be revoked, by a cut-off neither. */
const NOT_CUT_OFF =
  'CROSS JOIN (SELECT NULL::uuid AS id, NULL::timestamptz AS revoked_at, NULL::text AS revoked_by, NULL::text AS revocation_reason) cut';

/**
 * The tokens that `rows` selects, in `order`, in the form for `tokenFrom`. Each owner is looked up once, by primary key,
 * however many of the tokens are theirs.
 * @param business as in `isCutOff`; null: none of them is revoked
 */
export function pageOf(
  rows: string,
  order: string,
  business: string | undefined | null,
  columns: readonly string[] = [],
): string {
  const owners = (table: string, shown: string, id: string): string =>
    `MATERIALIZED (SELECT id, ${shown} FROM ${table} WHERE id = ANY (ARRAY(SELECT ${id} FROM t)))`;
  return `WITH t AS MATERIALIZED (${rows}), m AS ${owners('members', 'name, email, role', 'member_id')}, i AS ${owners('identities', 'name, role', 'identity_id')}
SELECT ${[TOKEN_COLUMNS, ...columns].join(', ')} FROM t LEFT JOIN m ON m.id = t.member_id LEFT JOIN i ON i.id = t.identity_id
  ${business === null ? NOT_CUT_OFF : firstCutOff(business)} ${order}`;
}

/** TOKEN_COLUMNS. */
export interface TokenRow extends Omit<TokenValues, FieldsWith<{ hidden: true }>> {
  ownerName: string | null;
  ownerEmail: string | null;
  ownerRole: string | null;
}

/** The token, with the identity and the role of its owner: the row itself, which is not copied. */
export function tokenFrom(row: TokenRow): Token {
  const { memberId, identityId, ownerName: name, ownerEmail: email, ownerRole: role } = row;
  const token = row as TokenRow & Token;
  token.member = memberId === null ? null : ({ id: memberId, name, email, role } as Member);
  token.identity = identityId === null ? null : ({ id: identityId, name, role } as Identity);
  return token;
}

/** API token $2[i] of business $1[i] for each number i. Uses tokens_pkey and those of the owners. */
export const FIND_TOKENS: Prepared = {
  name: 'tokens_find',
  text: `
SELECT a.number::int AS number, ${TOKEN_COLUMNS}
FROM unnest(${anyNumberOf('$1::uuid[]')}, ${anyNumberOf('$2::uuid[]')}) WITH ORDINALITY AS a (business_id, id, number)
  CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = a.id AND business_id IS NOT DISTINCT FROM a.business_id AND kind = 'api' OFFSET 0) t
  ${OWNERS_OF_TOKENS}`,
};

/** The same, with the fields that the MAC covers. */
export const FIND_BOUND_TOKENS: Prepared = {
  name: 'tokens_find_bound',
  text: FIND_TOKENS.text.replace('AS number,', 'AS number, t.digest, t.pepper_id AS "pepperId", t.mac,'),
};

/** A row of FIND_BOUND_TOKENS. */
export type BoundRow = TokenRow & Pick<Token, 'digest' | 'pepperId' | 'mac'> & { number: number };

const INSERTED_AS: Partial<Record<TokenField, string>> = {
  createdAt: 'issued.moment',
  expiresAt: `CASE WHEN in_seconds IS NULL THEN expires_at ELSE least(issued.moment + make_interval(secs => in_seconds), at_most) END`,
  digest: `decode(digest, 'hex')`,
  mac: `decode(mac, 'hex')`,
};

/**
 * Makes the tokens given as JSON in $1. Each is issued now, but after every cut-off that would cover it. It expires at
 * `expires_at`, or a number of seconds after that and not after `at_most`. The caller has made each MAC with the times
 * that it expects, and compares.
 */
export const INSERT_TOKENS: Prepared = {
  name: 'tokens_insert',
  text: `
INSERT INTO tokens (${INSERTED.map(([name]) => columnOf(name)).join(', ')})
SELECT ${INSERTED.map(([name]) => INSERTED_AS[name] ?? columnOf(name)).join(', ')}
FROM json_to_recordset($1::json) AS l (${GIVEN_IN_JSON}, in_seconds float8, at_most timestamptz)
  CROSS JOIN LATERAL (SELECT greatest(now(), ${firstAfterCutOffs('l')}) AS moment) AS issued
RETURNING id, created_at AS "createdAt", updated_at AS "updatedAt", expires_at AS "expiresAt"`,
};

/** Stores the MAC of token $1 for its changed row. Uses tokens_pkey. */
export const BIND_TOKEN: Prepared = {
  name: 'tokens_bind',
  text: 'UPDATE tokens SET mac = $2 WHERE id = $1',
};

/** A row of INSERT_TOKENS. */
export type InsertedRow = Pick<Token, 'id' | 'createdAt' | 'updatedAt' | 'expiresAt'>;

/** Who owns the row of that alias, in one word. */
export const ownerLabelOf = (row: string): string =>
  `coalesce((SELECT email FROM members WHERE id = ${row}.member_id), (SELECT name FROM identities WHERE id = ${row}.identity_id), ${row}.issued_to, 'platform')`;

export const OWNER_LABEL = ownerLabelOf('r');
