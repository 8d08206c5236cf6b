import { heldLogs } from '../audit/trail/held-logs.js';
import type { Session } from '../database/prepared.js';
import type { TokenMacs } from '../secrets/token-macs.js';
import { columnOf, compiled, fieldsWhere, literal } from '../token-schema/derived.js';
import { BOUND_OF_ROW, type BoundToken } from '../token-schema/token-columns.sql.js';
import type { Columns, FieldsWith, TokenField, TokenValues } from '../token-schema/token-schema.js';
import type { BoundRow, InsertedRow } from './token-rows.sql.js';

/**
 * When a token expires: at a given time, or a number of seconds after its creation (and not after `atMost`), or never
 * (null). To the millisecond.
 */
export type Expiry = Date | { inSeconds: number; atMost?: Date | null } | null;

/** What is not given as it is stored. */
const GIVEN_AS: Partial<Record<TokenField, string>> = {
  expiresAt: 'expiresAt',
  kind: `token.idleSeconds === undefined ? 'api' : 'session'`,
  idleSeconds: 'token.idleSeconds ?? null',
};

type Given = Exclude<TokenField, FieldsWith<{ made: string }>>;

export type NewToken = Pick<TokenValues, Exclude<Given, 'expiresAt' | 'mac' | 'kind' | 'idleSeconds'>> & {
  expiresAt: Expiry;
  /** A session ends when it was not used for so long; left out: an API token. */
  idleSeconds?: number;
};

/** A token in the form for INSERT_TOKENS, with the times that its MAC covers. */
interface TokenLine extends Record<string, unknown> {
  id: string;
  /** Hexadecimal. */
  mac: string;
  boundTo: Pick<InsertedRow, 'createdAt' | 'expiresAt'>;
}

/** The fields of the row that the MAC covers. */
export const boundOf = compiled<(row: Omit<BoundRow, 'number'>) => BoundToken & { mac: Buffer | null }>(
  'row',
  literal(BOUND_OF_ROW),
);

/** By their columns. The MAC is made of them, and so is not among them. */
const givenColumns = compiled<(token: NewToken, expiresAt: Date | null) => Omit<Columns<Given>, 'mac'>>(
  'token, expiresAt',
  literal(
    fieldsWhere(({ made }) => made === undefined)
      .filter((name) => name !== 'mac')
      .map((name) => [columnOf(name), GIVEN_AS[name] ?? `token.${name}`]),
  ),
);

/** The time of everything that the transaction of `session` makes. @throws Error unless it has begun as a change */
export function changeMoment(session: Session): Date {
  const held = heldLogs(session);
  if (held === undefined) throw new Error('a token is made in a change');
  return held.moment;
}

export function tokenLine(token: NewToken, moment: Date, macs: TokenMacs): TokenLine {
  const { digest, expiresAt: expiry } = token;
  const isAt = expiry === null || expiry instanceof Date;
  const expiresAt = isAt ? expiry : inSeconds(expiry, moment);
  const columns = givenColumns(token, expiresAt);
  const owner_id = token.memberId ?? token.identityId;
  const mac = macs.macOf({ ...columns, owner_id, created_at: moment });
  return {
    ...columns,
    digest: digest.toString('hex'),
    expires_at: isAt ? expiry : null,
    in_seconds: isAt ? null : Math.trunc(expiry.inSeconds),
    at_most: isAt ? null : (expiry.atMost ?? null),
    mac: mac.toString('hex'),
    boundTo: { createdAt: moment, expiresAt },
  };
}

/** The same computation as in INSERT_TOKENS. */
function inSeconds({ inSeconds, atMost }: Exclude<Expiry, Date | null>, moment: Date): Date {
  const end = new Date(moment.getTime() + Math.trunc(inSeconds) * 1000);
  return atMost === null || atMost === undefined || end < atMost ? end : atMost;
}

/**
 * @throws Error unless the database made the token at the times that its MAC covers: the transaction must be rolled back
 */
export function demandAsBound({ boundTo }: TokenLine, added: Omit<InsertedRow, 'id'> | undefined): void {
  const { createdAt, expiresAt } = boundTo;
  if (
    added?.createdAt.getTime() !== createdAt.getTime() ||
    added.expiresAt?.getTime() !== expiresAt?.getTime()
  )
    throw new Error('a token was made at other times than it is bound to');
}
