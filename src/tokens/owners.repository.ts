import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { anyNumberOf, queryPreparedIn } from '../database/prepared.js';
import type { Identity } from '../directory/identities/identity.entity.js';
import type { Member } from '../directory/members/member.entity.js';
import type { IssuingPolicy } from './lifetime-policy.js';

/** Whom a token is for: a present member, by id or e-mail, or an identity; nobody: the platform. */
export interface WantedOwner {
  businessId: string;
  memberId?: string | undefined;
  ownerEmail?: string | undefined;
  identityId?: string | undefined;
}

/** The owner that was found. */
export interface HeldOwner {
  /** Prefix of the secrets of the business. */
  prefix: string | null;
  member: Pick<Member, 'id' | 'name' | 'email' | 'role'> | null;
  identity: Pick<Identity, 'id' | 'name' | 'role' | 'status'> | null;
  /** That of the business. */
  policy: IssuingPolicy;
}

/** The part of a policy that is about new tokens, as selected by POLICY. */
interface PolicyRow {
  lifetime_days_max: number | null;
  expiry_required: boolean | null;
  developer_scopes: string[] | null;
}

const POLICY =
  'b.token_lifetime_days_max AS lifetime_days_max, b.token_expiry_required AS expiry_required, b.developer_scopes';

interface HeldOwnerRow extends PolicyRow {
  number: number;
  prefix: string | null;
  member_id: string | null;
  member_name: string;
  email: string;
  member_role: Member['role'];
  identity_id: string | null;
  identity_name: string;
  identity_role: Identity['role'];
  status: Identity['status'];
}

/**
 * The rows of owners, locked so that none is removed, disabled or detached until the transaction ends. So whoever
 * revokes all tokens of an owner also finds a token that is being issued.
 */
@Injectable()
export class OwnersRepository {
  /** Each of the owners, in their order. Uses the primary keys and members_email_key. */
  async hold(wanted: readonly WantedOwner[], manager: EntityManager): Promise<HeldOwner[]> {
    const text = `
SELECT a.number::int AS number, b.token_prefix AS prefix, ${POLICY},
  m.id AS member_id, m.name AS member_name, m.email, m.role AS member_role,
  i.id AS identity_id, i.name AS identity_name, i.role AS identity_role, i.status
FROM unnest(${['$1::uuid[]', '$2::uuid[]', '$3::text[]', '$4::uuid[]'].map(anyNumberOf).join(', ')})
    WITH ORDINALITY AS a (business_id, member_id, email, identity_id, number)
  LEFT JOIN LATERAL (SELECT * FROM businesses WHERE id = a.business_id OFFSET 0) b ON true
  LEFT JOIN LATERAL (
    SELECT id, name, email, role FROM members WHERE removed_at IS NULL AND business_id = a.business_id AND id = coalesce(
      a.member_id, (SELECT id FROM members WHERE business_id = a.business_id AND email = a.email AND removed_at IS NULL))
    OFFSET 0 FOR SHARE) m ON true
  LEFT JOIN LATERAL (
    SELECT id, name, role, status FROM identities WHERE id = a.identity_id AND business_id = a.business_id
    OFFSET 0 FOR SHARE) i ON true`;
    const rows = await queryPreparedIn<HeldOwnerRow>(manager, { name: 'owners_hold', text }, [
      wanted.map(({ businessId }) => businessId),
      wanted.map(({ memberId }) => memberId ?? null),
      wanted.map(({ ownerEmail }) => ownerEmail ?? null),
      wanted.map(({ identityId }) => identityId ?? null),
    ]);
    const held = Array<HeldOwner>(wanted.length);
    for (const row of rows) held[row.number - 1] = ownerFrom(row);
    return held;
  }

  /** Those of the tokens. Uses the primary keys. @returns the policies of the businesses */
  async holdOfTokens(
    tokens: readonly { businessId: string; id: string }[],
    manager: EntityManager,
  ): Promise<Map<string, IssuingPolicy>> {
    const text = `
WITH owned AS MATERIALIZED (
  SELECT t.member_id, t.identity_id FROM unnest(${anyNumberOf('$1::uuid[]')}, ${anyNumberOf('$2::uuid[]')}) AS a (business_id, id)
    CROSS JOIN LATERAL (SELECT member_id, identity_id FROM tokens WHERE id = a.id AND business_id = a.business_id OFFSET 0) t
), m AS MATERIALIZED (
  SELECT id FROM members WHERE id = ANY (ARRAY(SELECT member_id FROM owned)) ORDER BY id FOR SHARE
), i AS MATERIALIZED (
  SELECT id FROM identities WHERE id = ANY (ARRAY(SELECT identity_id FROM owned)) ORDER BY id FOR SHARE
)
SELECT b.id, ${POLICY}, (SELECT count(*) FROM m) AS members, (SELECT count(*) FROM i) AS identities
FROM businesses b WHERE b.id = ANY (ARRAY(SELECT DISTINCT unnest(${anyNumberOf('$1::uuid[]')})))`;
    const statement = { name: 'owners_hold_of_tokens', text };
    const rows = await queryPreparedIn<PolicyRow & { id: string }>(manager, statement, [
      tokens.map(({ businessId }) => businessId),
      tokens.map(({ id }) => id),
    ]);
    return new Map(rows.map((row) => [row.id, policyFrom(row)]));
  }
}

function ownerFrom(row: HeldOwnerRow): HeldOwner {
  const { member_id: memberId, identity_id: identityId, email, status } = row;
  return {
    policy: policyFrom(row),
    prefix: row.prefix,
    member: memberId === null ? null : { id: memberId, name: row.member_name, email, role: row.member_role },
    identity:
      identityId === null
        ? null
        : { id: identityId, name: row.identity_name, role: row.identity_role, status },
  };
}

function policyFrom(row: PolicyRow): IssuingPolicy {
  return {
    tokenLifetimeDaysMax: row.lifetime_days_max,
    tokenExpiryRequired: row.expiry_required === true,
    developerScopes: row.developer_scopes ?? [],
  };
}
