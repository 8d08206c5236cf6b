import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';
import type { ScimAttributes } from './scim-profile.js';

/** A provided member, with the attributes that SCIM stores. */
export interface ScimUserRow {
  id: string;
  email: string;
  name: string;
  isActive: boolean;
  createdAt: Date;
  updatedAt: Date;
  externalId: string | null;
  /** null: no SCIM client has set them yet. */
  attributes: ScimAttributes | null;
}

interface ScimUserFilter {
  id?: string;
  /** In any case. */
  userName?: string;
  externalId?: string;
  email?: string;
  emailType?: string;
  /** `true` or `false`. */
  active?: string;
}

const COLUMNS = `m.id, m.email, m.name, m.removed_at IS NULL AS "isActive", m.created_at AS "createdAt",
  greatest(m.updated_at, u.updated_at) AS "updatedAt", u.external_id AS "externalId", u.attributes`;
const FROM = `members m LEFT JOIN scim_users u ON u.member_id = m.id
  WHERE m.business_id = $1 AND (m.removed_at IS NULL OR m.deactivated_at IS NOT NULL)`;

/** Members as SCIM shows them: current ones, and those that a directory has deactivated. */
@Injectable()
export class ScimUsersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Oldest first. Uses members_created_at_idx, members_email_key and scim_users_external_id_idx. */
  page(
    businessId: string,
    filter: ScimUserFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ total: number; users: ScimUserRow[] }> {
    const { text, values } = conditionsOf(filter);
    return inBusiness(this.dataSource, businessId, async (manager) => {
      const given = [businessId, ...values];
      const counted = await manager.query<{ total: number }[]>(
        `SELECT count(*)::int AS total FROM ${FROM}${text}`,
        given,
      );
      const total = counted[0]?.total ?? 0;
      if (limit === 0 || offset >= total) return { total, users: [] };
      const users = await manager.query<ScimUserRow[]>(
        `SELECT ${COLUMNS} FROM ${FROM}${text} ORDER BY m.created_at, m.id OFFSET ${offset} LIMIT ${limit}`,
        given,
      );
      return { total, users };
    });
  }

  /** @param manager of a transaction; left out: outside of one */
  async find(businessId: string, id: string, manager?: EntityManager): Promise<ScimUserRow | null> {
    const rows = await inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.query<ScimUserRow[]>(`SELECT ${COLUMNS} FROM ${FROM} AND m.id = $2`, [businessId, id]),
    );
    return rows[0] ?? null;
  }

  async save(
    businessId: string,
    memberId: string,
    { externalId, attributes }: { externalId: string | null; attributes: ScimAttributes },
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO scim_users (member_id, business_id, external_id, attributes) VALUES ($1, $2, $3, $4)
       ON CONFLICT (member_id) DO UPDATE
         SET external_id = excluded.external_id, attributes = excluded.attributes, updated_at = now()`,
      [memberId, businessId, externalId, JSON.stringify(attributes)],
    );
  }

  async remove(businessId: string, memberId: string, manager: EntityManager): Promise<void> {
    await manager.query('DELETE FROM scim_users WHERE business_id = $1 AND member_id = $2', [
      businessId,
      memberId,
    ]);
  }
}

/** The conditions of a filter, with parameters from $2 on. */
function conditionsOf(filter: ScimUserFilter): { text: string; values: string[] } {
  const values: string[] = [];
  const parameter = (value: string): string => `$${values.push(value) + 1}`;
  const conditions: string[] = [];
  const { id, userName, externalId, email, emailType, active } = filter;
  if (id !== undefined) conditions.push(`m.id = ${parameter(id)}::uuid`);
  if (userName !== undefined) conditions.push(`m.email = lower(${parameter(userName)})`);
  if (externalId !== undefined) conditions.push(`u.external_id = ${parameter(externalId)}`);
  if (active !== undefined)
    conditions.push(`(m.removed_at IS NULL) = (lower(${parameter(active)}) = 'true')`);
  if (email !== undefined) conditions.push(withEmail(parameter(email), emailType, parameter));
  return { text: conditions.map((each) => ` AND ${each}`).join(''), values };
}

/** Whose list of addresses has one; the list of whom no client has written to is their e-mail address alone. */
function withEmail(value: string, type: string | undefined, parameter: (value: string) => string): string {
  const ofType = type === undefined ? '' : ` AND lower(e ->> 'type') = lower(${parameter(type)})`;
  const listed = `EXISTS (SELECT FROM jsonb_array_elements(u.attributes -> 'emails') e WHERE lower(e ->> 'value') = lower(${value})${ofType})`;
  return type === undefined
    ? `(${listed} OR (u.attributes -> 'emails' IS NULL AND m.email = lower(${value})))`
    : listed;
}
