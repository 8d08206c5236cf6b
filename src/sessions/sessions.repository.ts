import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { poolOf, type Prepared, queryPreparedIn, queryPreparedOn } from '../database/prepared.js';
import { EVERY_BUSINESS, PLATFORM_ROWS } from '../database/row-access.js';
import type { SessionOwner, SignIn, SignInMethod } from './sign-in.js';
import type { Role } from '../directory/members/role.js';
import { IS_LIVE_SESSION, OPENER_OF_SESSION } from '../verification/cut-off.sql.js';
import type { Columns } from '../token-schema/token-schema.js';

/** A session with its person, its business and how it was opened. */
export interface SessionRow extends Columns<
  'id' | 'ownerKind' | 'issuedTo' | 'scopes' | 'businessId' | 'issuedByToken' | 'createdAt' | 'lastUsedAt'
> {
  owner_id: string | null;
  owner_name: string | null;
  owner_email: string | null;
  role: Role | null;
  business_name: string | null;
  business_slug: string | null;
  method: SignInMethod;
  issuer: string | null;
  subject: string | null;
  sid: string | null;
  idle_seconds: number;
  expires_at: Date;
  idle_ends_at: Date;
}

/** Of rows `t` of tokens. */
const SESSION = `t.id, t.owner_kind, coalesce(t.member_id, t.identity_id) AS owner_id, coalesce(m.name, i.name) AS owner_name, m.email AS owner_email,
  t.issued_to, coalesce(m.role, i.role) AS role, t.scopes, b.id AS business_id, b.name AS business_name, b.slug AS business_slug,
  s.method, s.issuer, s.subject, s.sid, t.issued_by_token, t.idle_seconds, t.created_at, least(t.expires_at, opener.ends_at) AS expires_at,
  coalesce(t.last_used_at, t.created_at) + make_interval(secs => t.idle_seconds) AS idle_ends_at, t.last_used_at`;

const JOINED = `JOIN session_sign_ins s ON s.session_id = t.id
  LEFT JOIN businesses b ON b.id = t.business_id
  LEFT JOIN members m ON m.id = t.member_id
  LEFT JOIN identities i ON i.id = t.identity_id
  ${OPENER_OF_SESSION}`;

const IS_LIVE = `${IS_LIVE_SESSION} AND m.removed_at IS NULL AND coalesce(i.status = 'active', true)`;

/** Session $2 of business $1 (null: of the platform), whatever has become of it. Uses tokens_pkey. */
const FIND_SESSION: Prepared = {
  name: 'session_find',
  text: `SELECT ${SESSION} FROM tokens t ${JOINED} WHERE t.id = $2 AND t.kind = 'session' AND t.business_id IS NOT DISTINCT FROM $1::uuid`,
};

/**
 * $2 live sessions of business $1, of owner $5 alone unless that is null, on from ($3, $4) in one direction. Uses
 * tokens_sessions_idx.
 */
function sessionPage(order: 'ASC' | 'DESC', ofPlatform: boolean): Prepared {
  const than = order === 'ASC' ? '>' : '<';
  const business = ofPlatform ? '$1::uuid IS NULL AND t.business_id IS NULL' : 't.business_id = $1::uuid';
  return {
    name: `session_page_${order}_${ofPlatform}`,
    text: `
SELECT ${SESSION} FROM tokens t ${JOINED}
WHERE ${business} AND t.kind = 'session' AND ($3::timestamptz IS NULL OR (t.created_at, t.id) ${than} ($3::timestamptz, $4::uuid))
  AND ($5::uuid IS NULL OR coalesce(t.member_id, t.identity_id) = $5) AND ${IS_LIVE}
ORDER BY t.created_at ${order}, t.id ${order} LIMIT $2`,
  };
}

/** Whose session is to be opened: no row if there is nobody who may. */
export interface PersonRow {
  name: string;
  email: string | null;
  /** Whether the business is suspended. */
  suspended: boolean;
}

const SUSPENDED = `b.status <> 'active' AS suspended`;

/**
 * Member $2 of business $1, if present, kept from being removed until the transaction ends; signed in with subject $4 of
 * issuer $3, if that is still their account, and confirmed. Uses members_pkey and member_accounts_key.
 */
const HOLD_MEMBER: Prepared = {
  name: 'session_hold_member',
  text: `SELECT m.name, m.email, ${SUSPENDED} FROM members m JOIN businesses b ON b.id = m.business_id
    WHERE m.id = $2 AND m.business_id = $1 AND m.removed_at IS NULL AND ($3::text IS NULL OR EXISTS (
      SELECT FROM member_accounts a WHERE a.business_id = $1 AND a.member_id = $2 AND a.issuer = $3 AND a.subject = $4 AND a.confirmed)) FOR SHARE OF m`,
};

/** The same of an identity that is not disabled. Uses identities_pkey. */
const HOLD_IDENTITY: Prepared = {
  name: 'session_hold_identity',
  text: `SELECT i.name, NULL::text AS email, ${SUSPENDED} FROM identities i JOIN businesses b ON b.id = i.business_id
    WHERE i.id = $2 AND i.business_id = $1 AND i.status = 'active' FOR SHARE OF i`,
};

/** Whether business $1 is suspended, for a session that belongs to nobody in it. */
const FIND_BUSINESS: Prepared = {
  name: 'session_find_business',
  text: `SELECT 'platform' AS name, NULL::text AS email, ${SUSPENDED} FROM businesses b WHERE b.id = $1`,
};

const INSERT_SIGN_IN: Prepared = {
  name: 'session_sign_in_insert',
  text: `INSERT INTO session_sign_ins (session_id, business_id, method, issuer, subject, sid) VALUES ($1, $2, $3, $4, $5, $6)`,
};

/** A session that may have to be ended. */
export interface FoundSession {
  id: string;
  business_id: string | null;
  method: SignInMethod;
}

const found = (name: string, condition: string): Prepared => ({
  name: `session_found_${name}`,
  rowAccess: EVERY_BUSINESS,
  text: `SELECT t.id, t.business_id, s.method FROM session_sign_ins s JOIN tokens t ON t.id = s.session_id
    WHERE ${condition} AND t.expires_at > now() ORDER BY t.id`,
});

/** The sessions that have not expired, ended or not: with the id $1, or of a provider's session or person. By indexes. */
const FIND_BY_ID = found('by_id', 's.session_id = $1::uuid');
const FIND_BY_SID = found(
  'by_sid',
  's.issuer = $1 AND (s.sid = $2 OR (s.sid IS NULL AND s.subject = $3::text))',
);
const FIND_BY_SUBJECT = found('by_subject', 's.issuer = $1 AND s.subject = $2');

/**
 * The sessions of member $2 of business $1 that were opened with subject $4 of issuer $3, and neither are revoked nor have
 * expired. Uses session_sign_ins_subject_idx.
 */
const FIND_OF_ACCOUNT: Prepared = {
  name: 'session_find_of_account',
  text: `SELECT t.id, t.business_id, s.method FROM session_sign_ins s JOIN tokens t ON t.id = s.session_id
    WHERE s.issuer = $3 AND s.subject = $4 AND s.business_id = $1 AND t.member_id = $2 AND t.revoked_at IS NULL AND t.expires_at > now() ORDER BY t.id`,
};

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
