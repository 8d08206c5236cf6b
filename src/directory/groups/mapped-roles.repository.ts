import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { MemberRole, Role, RoleSources } from '../members/role.js';
import { inBusiness } from '../../database/row-access.js';

/** Which role each group of a directory gives, and which one whoever it adds has without any such group. */
export interface RoleMapping {
  groups: {
    group: string;
    role: MemberRole;
    /** The token that it was mapped with, a session too; null: with an earlier version. */
    set_by?: string | null;
  }[];
  /** `no-access`: none. */
  defaultRole: Role;
  /** As `set_by`. */
  defaultRoleSetBy?: string | null;
}

/** Until a business says otherwise, groups give nothing. */
const NONE: RoleMapping = { groups: [], defaultRole: 'no-access' };

/** A member as far as the directory has a say in their role. */
export interface MappedMember extends RoleSources {
  id: string;
  email: string;
  name: string;
  isPresent: boolean;
  /** The names of their groups. */
  groups: string[];
}

/** Rows of more members, and their events, in memory at once would hold the event loop for longer than ten milliseconds. */
const MEMBERS_A_STATEMENT = 200;

/** Which roles groups give, and the roles that members have by them. */
@Injectable()
export class MappedRolesRepository {
  constructor(private readonly dataSource: DataSource) {}

  async mapping(businessId: string, manager?: EntityManager): Promise<RoleMapping> {
    const rows = await inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.query<RoleMapping[]>(
        'SELECT groups, default_role AS "defaultRole", default_role_set_by AS "defaultRoleSetBy" FROM role_mappings WHERE business_id = $1',
        [businessId],
      ),
    );
    return rows[0] ?? NONE;
  }

  async setMapping(businessId: string, mapping: RoleMapping, manager: EntityManager): Promise<void> {
    await manager.query(
      `INSERT INTO role_mappings (business_id, groups, default_role, default_role_set_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (business_id) DO UPDATE SET groups = excluded.groups, default_role = excluded.default_role,
         default_role_set_by = excluded.default_role_set_by, updated_at = now()`,
      [businessId, JSON.stringify(mapping.groups), mapping.defaultRole, mapping.defaultRoleSetBy ?? null],
    );
  }

  /**
   * Provided members with their groups, in the order of their ids, in parts.
   * @param memberIds null: all who are in a group, or whom a directory has had a say in
   */
  async *find(
    businessId: string,
    memberIds: readonly string[] | null,
    manager: EntityManager,
  ): AsyncGenerator<MappedMember[]> {
    const ids = memberIds?.toSorted() ?? (await this.idsOfAll(businessId, manager));
    for (let start = 0; start < ids.length; start += MEMBERS_A_STATEMENT)
      yield this.findThese(businessId, ids.slice(start, start + MEMBERS_A_STATEMENT), manager);
  }

  /** Reads one text, because the rows of thousands would hold the event loop. */
  private async idsOfAll(businessId: string, manager: EntityManager): Promise<string[]> {
    const [row] = await manager.query<{ ids: string | null }[]>(
      `SELECT string_agg(m.id::text, ',' ORDER BY m.id) AS ids FROM members m
        WHERE m.business_id = $1 AND (m.removed_at IS NULL OR m.deactivated_at IS NOT NULL) AND (m.mapped_role IS NOT NULL OR m.role = 'no-access'
          OR EXISTS (SELECT FROM group_members gm WHERE gm.member_id = m.id))`,
      [businessId],
    );
    return row?.ids?.split(',') ?? [];
  }

  private findThese(
    businessId: string,
    memberIds: readonly string[],
    manager: EntityManager,
  ): Promise<MappedMember[]> {
    return manager.query<MappedMember[]>(
      `SELECT m.id, m.email, m.name, m.role, m.manual_role AS "manualRole", m.mapped_role AS "mappedRole",
              m.role_pinned AS "rolePinned", m.removed_at IS NULL AS "isPresent",
              array(SELECT g.name FROM group_members gm JOIN groups g ON g.id = gm.group_id WHERE gm.member_id = m.id) AS groups
         FROM members m
        WHERE m.business_id = $1 AND (m.removed_at IS NULL OR m.deactivated_at IS NOT NULL) AND m.id = ANY ($2::uuid[])
        ORDER BY m.id`,
      [businessId, memberIds],
    );
  }

  async set(
    businessId: string,
    members: readonly (RoleSources & { id: string })[],
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `UPDATE members m SET role = n.role, manual_role = n.manual, mapped_role = n.mapped, updated_at = now()
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS n (id, role, manual, mapped)
        WHERE m.id = n.id AND m.business_id = $1`,
      [
        businessId,
        members.map(({ id }) => id),
        members.map(({ role }) => role),
        members.map(({ manualRole }) => manualRole),
        members.map(({ mappedRole }) => mappedRole),
      ],
    );
  }
}
