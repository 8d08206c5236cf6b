import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import {
  poolOf,
  queryPreparedIn,
  queryPreparedOn,
  sessionOf,
  type Prepared,
  type Session,
} from '../database/prepared.js';
import { inBusiness, PLATFORM_ROWS } from '../database/row-access.js';
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
  ADDRESSES_OF_ISSUER,
  BIND_TO_ADDRESSES,
  BIND_TOKEN,
  FIND_BOUND_TOKENS,
  FIND_TOKENS,
  INSERT_TOKENS,
  SUPERSEDE_TOKENS,
  tokenFrom,
  type BoundRow,
  type InsertedRow,
  type SupersededRow,
  type TokenRow,
} from '../token-rows/token-rows.sql.js';

/** The descriptive fields of a token that may be changed; omitted fields stay as they are. */
export type TokenChanges = Partial<Labels>;

/** By a revocation of its own or by a cut-off. */
const NOT_REVOKED = `t.revoked_at IS NULL AND NOT ${isCutOff('t')}`;

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

  findByPublicId(businessId: string | null, jti: string): Promise<Token | null> {
    return inBusiness(this.dataSource, businessId, (manager) =>
      this.owned(businessId, null, manager).andWhere('t.jti = :jti', { jti }).getOne(),
    );
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
    await queryPreparedIn(manager, BIND_TO_ADDRESSES, [JSON.stringify(lines)]);
    return lines.length;
  }

  /**
   * The addresses that the token or session is bound to with which a token was issued; null: to none, also where it was issued
   * without one, or with one of the platform, which issues for its businesses.
   */
  async addressesOfIssuer(businessId: string, id: string, manager: EntityManager): Promise<string[] | null> {
    const [issuer] = await queryPreparedIn<{ trusted_ips: string[] | null }>(manager, ADDRESSES_OF_ISSUER, [
      businessId,
      id,
    ]);
    return issuer?.trusted_ips ?? null;
  }

  /** The number of active tokens of one owner. The owner's row must be locked, or the count may be out of date. */
  countActive(businessId: string | null, owner: OwnerFilter, manager: EntityManager): Promise<number> {
    return this.owned(businessId, owner, manager)
      .andWhere(`${NOT_REVOKED} AND t.replaced_by IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())`)
      .getCount();
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
   * its own end, which is never after the token's expiry. @returns the tokens that were changed
   */
  async supersedeAll(
    replacements: readonly { old: Token; successorId: string; graceSeconds: number }[],
    manager: EntityManager,
  ): Promise<Map<string, SupersededRow>> {
    if (replacements.length === 0) return new Map();
    const rows = await queryPreparedIn<SupersededRow>(manager, SUPERSEDE_TOKENS, [
      replacements.map(({ old }) => old.businessId),
      replacements.map(({ old }) => old.id),
      replacements.map(({ successorId }) => successorId),
      replacements.map(({ graceSeconds }) => graceSeconds),
    ]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Every read begins with this: one business (null: the platform's own tokens), and one owner if given. */
  private owned(
    businessId: string | null,
    owner: OwnerFilter,
    manager: EntityManager,
  ): SelectQueryBuilder<Token> {
    const rows = manager
      .getRepository(Token)
      .createQueryBuilder('t')
      .leftJoinAndSelect('t.member', 'm')
      .leftJoinAndSelect('t.identity', 'i')
      .where(`t.kind = 'api'`);
    if (businessId === null) rows.andWhere('t.business_id IS NULL');
    else rows.andWhere('t.business_id = :businessId', { businessId });
    if (owner === null) return rows;
    if ('memberId' in owner) return rows.andWhere('t.member_id = :memberId', owner);
    if ('identityId' in owner) return rows.andWhere('t.identity_id = :identityId', owner);
    if ('tokenId' in owner) return rows.andWhere('t.id = :tokenId', owner);
    return rows.andWhere(`t.owner_kind = 'platform'`);
  }
}
