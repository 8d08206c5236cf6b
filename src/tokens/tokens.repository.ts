import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import {
  poolOf,
  queryPreparedIn,
  queryPreparedOn,
  sessionOf,
  anyNumberOf,
  type Prepared,
  type Session,
} from '../database/prepared.js';
import { PLATFORM_ROWS } from '../database/row-access.js';
import { BOUND_LABELS } from '../token-schema/derived.js';
import type { Labels } from '../token-schema/token-schema.js';
import { TokenMacs } from '../secrets/token-macs.js';
import { TokenProof } from '../verification/token-proof.js';
import { boundOf, demandAsBound, changeMoment, tokenLine, type NewToken } from '../token-rows/token-line.js';
import { isCutOff } from '../verification/cut-off.sql.js';
import { FIND_DERIVED, type DerivedRow } from '../revocations/derived/derived-tokens.sql.js';
import { ofOwner } from '../token-rows/selection/selector.sql.js';
import { isOwnedBy, type OwnerFilter } from '../token-rows/token-owner.js';
import { Token } from '../token-rows/token.entity.js';
import {
  OWNERS_OF_TOKENS,
  TOKEN_COLUMNS,
  BIND_TOKEN,
  FIND_BOUND_TOKENS,
  FIND_TOKENS,
  INSERT_TOKENS,
  tokenFrom,
  type BoundRow,
  type InsertedRow,
  type TokenRow,
} from '../token-rows/token-rows.sql.js';

/** The descriptive fields of a token that may be changed; omitted fields stay as they are. */
export type TokenChanges = Partial<Labels>;

/** By a revocation of its own or by a cut-off. */
const NOT_REVOKED = `t.revoked_at IS NULL AND NOT ${isCutOff('t')}`;

type SupersededRow = Pick<Token, 'id' | 'replacedBy' | 'graceEndsAt' | 'updatedAt'>;

const LOCK_FIRST = `SELECT pg_advisory_xact_lock(hashtext('rescind.bootstrap'))`;

/** Rows of tokens. The business is the first argument of every query; never returns secrets or digests. */
@Injectable()
export class TokensRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly macs: TokenMacs,
    private readonly proof: TokenProof,
  ) {}

  async find(
    businessId: string | null,
    id: string,
    owner: OwnerFilter,
    manager?: EntityManager,
  ): Promise<Token | null> {
    const values = [[businessId], [id]];
    const rows =
      manager === undefined
        ? await this.read<TokenRow>(businessId, FIND_TOKENS, values)
        : await queryPreparedIn<TokenRow>(manager, FIND_TOKENS, values);
    const [token] = rows.map(tokenFrom);
    return token !== undefined && isOwnedBy(owner, token) ? token : null;
  }

  /** What would end with a token of the business and all that was made with it; null: there is no such token. */
  async lineage(businessId: string, id: string): Promise<DerivedRow | null> {
    const values = [businessId, id, true, true, 'api', true, false];
    const [row] = await this.read<DerivedRow>(businessId, FIND_DERIVED, values);
    return row ?? null;
  }

  /**
   * The tokens from which others are to be made, in their order, inside a transaction. Leaves out a row that this
   * service did not write, so that nobody gets a valid token from a manipulated one.
   */
  async findAll(
    tokens: readonly { businessId: string | null; id: string }[],
    manager: EntityManager,
  ): Promise<(Token | null)[]> {
    const rows = await queryPreparedIn<BoundRow>(manager, FIND_BOUND_TOKENS, [
      tokens.map(({ businessId }) => businessId),
      tokens.map(({ id }) => id),
    ]);
    const found = Array<Token | null>(tokens.length).fill(null);
    for (const { number, digest, pepperId, mac, ...row } of rows)
      if (this.proof.isGenuine(boundOf({ ...row, digest, pepperId, mac })))
        found[number - 1] = tokenFrom(row);
    return found;
  }

  /** Whether the platform has no token yet; other callers wait until the transaction ends. */
  async lockFirstOfPlatform(manager: EntityManager): Promise<boolean> {
    await manager.query(LOCK_FIRST);
    return !(await manager.existsBy(Token, { ownerKind: 'platform', businessId: IsNull() }));
  }

  private read<Row>(businessId: string | null, statement: Prepared, values: unknown[]): Promise<Row[]> {
    const rowAccess = businessId ?? PLATFORM_ROWS;
    return queryPreparedOn<Row>(poolOf(this.dataSource), { ...statement, rowAccess }, values);
  }

  /** Revoked ones included. Sorts the rows of the owner. */
  async lastChanged(
    businessId: string,
    owner: OwnerFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<Token[]> {
    const values: unknown[] = [limit, offset, businessId];
    const conditions = ['t.business_id = $3', ...ofOwner(owner, (value) => `$${values.push(value)}`)];
    const ordered = 'ORDER BY t.updated_at DESC, t.id DESC';
    const name = `tokens_last_changed_${owner === null ? 'all' : Object.keys(owner).join()}`;
    const text = `SELECT ${TOKEN_COLUMNS} FROM (
  SELECT * FROM tokens t WHERE t.kind = 'api' AND ${conditions.join(' AND ')} ${ordered} LIMIT $1 OFFSET $2) t ${OWNERS_OF_TOKENS} ${ordered}`;
    return (await this.read<TokenRow>(businessId, { name, text }, values)).map(tokenFrom);
  }

  async insert(token: NewToken, manager: EntityManager): Promise<void> {
    await this.insertAll([token], manager);
  }

  /** @returns what the database has added to each */
  async insertAll(
    tokens: readonly NewToken[],
    manager: EntityManager,
  ): Promise<Map<string, Omit<InsertedRow, 'id'>>> {
    if (tokens.length === 0) return new Map();
    const session = await sessionOf(manager);
    const moment = changeMoment(session);
    const lines = tokens.map((token) => tokenLine(token, moment, this.macs));
    const rows = await queryPreparedOn<InsertedRow>(session, INSERT_TOKENS, [JSON.stringify(lines)]);
    const added = new Map(rows.map(({ id, ...times }) => [id, times]));
    for (const [index, line] of lines.entries()) {
      const times = added.get(line.id);
      const after = times === undefined || times.createdAt <= moment ? null : times.createdAt;
      if (after === null) demandAsBound(line, times);
      else await this.bindAfter(after, tokens[index] as NewToken, times, session);
    }
    return added;
  }

  /**
   * A token that follows a cut-off closely, or after the clock was set back, has an issue time later than the start of
   * its transaction.
   */
  private async bindAfter(
    moment: Date,
    token: NewToken,
    times: Omit<InsertedRow, 'id'> | undefined,
    session: Session,
  ): Promise<void> {
    const line = tokenLine(token, moment, this.macs);
    demandAsBound(line, times);
    await queryPreparedOn(session, BIND_TOKEN, [line.id, Buffer.from(line.mac, 'hex')]);
  }

  /**
   * Sets the trusted addresses of each (null: any). A row that this service did not write is not changed.
   * @returns how many were
   */
  async bindToAddresses(
    businessId: string,
    addresses: ReadonlyMap<string, string[] | null>,
    manager: EntityManager,
  ): Promise<number> {
    const ids = [...addresses.keys()];
    const rows = await queryPreparedIn<BoundRow>(manager, FIND_BOUND_TOKENS, [
      ids.map(() => businessId),
      ids,
    ]);
    const lines = rows.map(boundOf).flatMap((row) => {
      if (!this.proof.isGenuine(row)) return [];
      const trusted_ips = addresses.get(row.id) ?? null;
      const mac = row.mac === null ? null : this.macs.macOf({ ...row, trusted_ips }).toString('hex');
      return [{ id: row.id, trusted_ips, mac }];
    });
    const text = `
UPDATE tokens t SET trusted_ips = l.trusted_ips, mac = decode(l.mac, 'hex')
FROM json_to_recordset($1::json) AS l (id uuid, trusted_ips text[], mac text) WHERE t.id = l.id`;
    await queryPreparedIn(manager, { name: 'tokens_bind_to_addresses', text }, [JSON.stringify(lines)]);
    return lines.length;
  }

  /**
   * The addresses that the token or session is bound to with which a token was issued; null: to none, also where it was issued
   * without one, or with one of the platform, which issues for its businesses. Uses tokens_pkey.
   */
  async addressesOfIssuer(businessId: string, id: string, manager: EntityManager): Promise<string[] | null> {
    const text = `SELECT trusted_ips FROM tokens WHERE business_id = $1
  AND id = (SELECT issued_by_token FROM tokens WHERE id = $2 AND business_id = $1 AND kind = 'api')`;
    const [issuer] = await queryPreparedIn<{ trusted_ips: string[] | null }>(
      manager,
      { name: 'tokens_addresses_of_issuer', text },
      [businessId, id],
    );
    return issuer?.trusted_ips ?? null;
  }

  /**
   * When a token of the platform expires, which what it issues must not outlive; of a session, the token that it was opened
   * with. null: never, as for a session that was opened without a token. Uses tokens_pkey.
   */
  async endOfIssuer(id: string, manager: EntityManager): Promise<Date | null> {
    const text = `
SELECT CASE t.kind WHEN 'api' THEN t.expires_at ELSE (SELECT o.expires_at FROM tokens o WHERE o.id = t.issued_by_token) END AS ends_at
FROM tokens t WHERE t.id = $1 AND t.business_id IS NULL`;
    const statement = { name: 'tokens_end_of_issuer', text };
    const [row] = await queryPreparedIn<{ ends_at: Date | null }>(manager, statement, [id]);
    return row?.ends_at ?? null;
  }

  /** The number of active tokens of one owner. The owner's row must be locked, or the count may be out of date. */
  async countActive(businessId: string, owner: OwnerFilter, manager: EntityManager): Promise<number> {
    const values: unknown[] = [businessId];
    const ofIts = ofOwner(owner, (value) => `$${values.push(value)}`).map((each) => ` AND ${each}`);
    const text = `SELECT count(*)::int AS count FROM tokens t WHERE t.kind = 'api' AND t.business_id = $1${ofIts.join('')}
  AND ${NOT_REVOKED} AND t.replaced_by IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())`;
    const [row] = await queryPreparedIn<{ count: number }>(manager, { name: '', text }, values);
    return row?.count ?? 0;
  }

  /** @returns 1, or 0 when there is no such token, or its row is not one that this service wrote */
  async change(
    businessId: string | null,
    id: string,
    changes: TokenChanges,
    manager: EntityManager,
  ): Promise<number> {
    const isBound = BOUND_LABELS.some((name) => changes[name] !== undefined);
    const mac = isBound ? await this.macWith(businessId, id, changes, manager) : {};
    if (mac === null) return 0;
    const fields: object = { ...changes, ...mac };
    const result = await manager
      .createQueryBuilder()
      .update(Token)
      .set({ ...fields, updatedAt: () => 'now()' })
      .where(`id = :id AND business_id IS NOT DISTINCT FROM :businessId AND kind = 'api'`, { id, businessId })
      .execute();
    return result.affected ?? 0;
  }

  /** The MAC of the token with these changes; null: its row is not one that this service wrote. */
  private async macWith(
    businessId: string | null,
    id: string,
    changes: TokenChanges,
    manager: EntityManager,
  ): Promise<Partial<Pick<Token, 'mac'>> | null> {
    const [found] = await queryPreparedIn<BoundRow>(manager, FIND_BOUND_TOKENS, [[businessId], [id]]);
    if (found === undefined) return {};
    if (!this.proof.isGenuine(boundOf(found))) return null;
    const set = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    return found.mac === null ? {} : { mac: this.macs.macOf(boundOf({ ...found, ...set })) };
  }

  /**
   * Replaces active tokens by their successors. Of two concurrent rotations the second changes nothing. The grace has
   * its own end, which is never after the token's expiry. Locks rows in the order of ids, like all code that locks several. Uses
   * tokens_pkey: ARRAY leaves the planner no other choice.
   * @returns the tokens that were changed
   */
  async supersedeAll(
    replacements: readonly { old: Token; successorId: string; graceSeconds: number }[],
    manager: EntityManager,
  ): Promise<Map<string, SupersededRow>> {
    if (replacements.length === 0) return new Map();
    const text = `
WITH asked AS MATERIALIZED (
  SELECT * FROM unnest(${['$1::uuid[]', '$2::uuid[]', '$3::uuid[]', '$4::float8[]'].map(anyNumberOf).join(', ')})
    AS a (business_id, id, successor, grace)
), held AS MATERIALIZED (
  SELECT id FROM tokens WHERE id = ANY (ARRAY(SELECT id FROM asked)) ORDER BY id FOR NO KEY UPDATE
)
UPDATE tokens t SET updated_at = now(), (replaced_by, grace_ends_at) =
  (SELECT a.successor, least(now() + make_interval(secs => a.grace), t.expires_at) FROM asked a WHERE a.id = t.id)
WHERE id = ANY (ARRAY(SELECT id FROM held)) AND revoked_at IS NULL AND replaced_by IS NULL
  AND NOT ${isCutOff('t')} AND (expires_at IS NULL OR expires_at > now())
  AND NOT EXISTS (SELECT FROM revocation_sets s WHERE s.token_id = t.id AND NOT s.marked)
  AND EXISTS (SELECT FROM asked a WHERE a.id = t.id AND a.business_id IS NOT DISTINCT FROM t.business_id)
RETURNING id, replaced_by AS "replacedBy", grace_ends_at AS "graceEndsAt", updated_at AS "updatedAt"`;
    const rows = await queryPreparedIn<SupersededRow>(manager, { name: 'tokens_supersede', text }, [
      replacements.map(({ old }) => old.businessId),
      replacements.map(({ old }) => old.id),
      replacements.map(({ successorId }) => successorId),
      replacements.map(({ graceSeconds }) => graceSeconds),
    ]);
    return new Map(rows.map((row) => [row.id, row]));
  }
}
