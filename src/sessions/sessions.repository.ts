import { Injectable } from '@nestjs/common';
import { NIL as NIL_UUID } from 'uuid';
import { DataSource, type EntityManager } from 'typeorm';
import { poolOf, queryPreparedIn, queryPreparedOn, type Prepared } from '../database/prepared.js';
import { PLATFORM_ROWS } from '../database/row-access.js';
import {
  FIND_BUSINESS,
  FIND_BY_ID,
  FIND_BY_SID,
  FIND_BY_SUBJECT,
  FIND_OF_ACCOUNT,
  FIND_SESSION,
  HOLD_IDENTITY,
  HOLD_MEMBER,
  INSERT_SIGN_IN,
  sessionPage,
  type FoundSession,
  type PersonRow,
  type SessionRow,
} from './sessions.sql.js';
import type { SessionOwner, SignIn } from './sign-in.js';

/**
 * Which sessions are meant: one, those of a provider's own session, or those of a person there. Where the person of the
 * provider's session is known too, also theirs of which the provider did not say what it calls them: one of these is meant.
 */
export type SessionTarget =
  | { id: string }
  | { issuer: string; sid: string; subject: string | undefined }
  | { issuer: string; subject: string };

/** A person of a provider, as a member. */
export interface MembersAccount {
  businessId: string;
  memberId: string;
  issuer: string;
  subject: string;
}

interface SessionPageQuery {
  limit: number;
  ascending: boolean;
  after: { createdAt: string; id: string } | null;
  /** A member or an identity; null: anybody. */
  ownerId: string | null;
}

/** Rows of sessions. They are made and revoked like all tokens. */
@Injectable()
export class SessionsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** One session, whatever has become of it. @param businessId null: of the platform */
  async find(businessId: string | null, id: string, manager?: EntityManager): Promise<SessionRow | null> {
    const values = [businessId, id];
    const [row] =
      manager === undefined
        ? await this.read<SessionRow>(businessId, FIND_SESSION, values)
        : await queryPreparedIn<SessionRow>(manager, FIND_SESSION, values);
    return row ?? null;
  }

  /** Live sessions, one more than the limit when there are more. */
  page(
    businessId: string | null,
    { limit, ascending, after, ownerId }: SessionPageQuery,
  ): Promise<SessionRow[]> {
    const statement = sessionPage(ascending ? 'ASC' : 'DESC', businessId === null);
    const values = [businessId, limit + 1, after?.createdAt ?? null, after?.id ?? null, ownerId];
    return this.read(businessId, statement, values);
  }

  /** Of every business: those that have not expired, ended or not. */
  findMeant(target: SessionTarget): Promise<FoundSession[]> {
    const pool = poolOf(this.dataSource);
    if ('id' in target) return queryPreparedOn(pool, FIND_BY_ID, [target.id]);
    if ('sid' in target)
      return queryPreparedOn(pool, FIND_BY_SID, [target.issuer, target.sid, target.subject ?? null]);
    return queryPreparedOn(pool, FIND_BY_SUBJECT, [target.issuer, target.subject]);
  }

  /** Of a member, those that were opened with one of their accounts, and are not revoked. */
  findOfAccount(
    { businessId, memberId, issuer, subject }: MembersAccount,
    manager: EntityManager,
  ): Promise<FoundSession[]> {
    return queryPreparedIn(manager, FIND_OF_ACCOUNT, [businessId, memberId, issuer, subject]);
  }

  /**
   * Whoever a session is opened for, kept as they are until the transaction ends; null: they may have none, or none with
   * the account that they signed in with.
   */
  async holdPerson(
    owner: SessionOwner,
    { issuer, subject }: Pick<SignIn, 'issuer' | 'subject'>,
    manager: EntityManager,
  ): Promise<PersonRow | null> {
    if (owner.kind === 'platform') {
      const itself = { name: owner.issuedTo ?? 'platform', email: null, suspended: false };
      if (owner.businessId === undefined) return itself;
      const [business] = await queryPreparedIn<PersonRow>(manager, FIND_BUSINESS, [owner.businessId]);
      return business ?? null;
    }
    const { businessId } = owner;
    const [person] =
      owner.kind === 'user'
        ? await queryPreparedIn<PersonRow>(manager, HOLD_MEMBER, [
            businessId,
            owner.memberId,
            issuer ?? null,
            subject ?? null,
          ])
        : await queryPreparedIn<PersonRow>(manager, HOLD_IDENTITY, [businessId, owner.identityId]);
    return person ?? null;
  }

  /** Part of making a session. */
  async insertSignIn(
    businessId: string | null,
    sessionId: string,
    { method, issuer, subject, sid }: SignIn,
    manager: EntityManager,
  ): Promise<void> {
    const values = [sessionId, businessId ?? NIL_UUID, method, issuer ?? null, subject ?? null, sid ?? null];
    await queryPreparedIn(manager, INSERT_SIGN_IN, values);
  }

  private read<Row>(businessId: string | null, statement: Prepared, values: unknown[]): Promise<Row[]> {
    const rowAccess = businessId ?? PLATFORM_ROWS;
    return queryPreparedOn<Row>(poolOf(this.dataSource), { ...statement, rowAccess }, values);
  }
}
