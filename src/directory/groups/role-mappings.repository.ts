import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';
import type { MemberRole, Role } from '../members/role.js';

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

@Injectable()
export class RoleMappingsRepository {
  constructor(private readonly dataSource: DataSource) {}

  get(businessId: string, manager?: EntityManager): Promise<RoleMapping> {
    const read = async (session: EntityManager): Promise<RoleMapping> => {
      const rows = await session.query<RoleMapping[]>(
        'SELECT groups, default_role AS "defaultRole", default_role_set_by AS "defaultRoleSetBy" FROM role_mappings WHERE business_id = $1',
        [businessId],
      );
      return rows[0] ?? NONE;
    };
    return manager === undefined ? inBusiness(this.dataSource, businessId, read) : read(manager);
  }

  async set(businessId: string, mapping: RoleMapping, manager: EntityManager): Promise<void> {
    await manager.query(
      `INSERT INTO role_mappings (business_id, groups, default_role, default_role_set_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (business_id) DO UPDATE SET groups = excluded.groups, default_role = excluded.default_role,
         default_role_set_by = excluded.default_role_set_by, updated_at = now()`,
      [businessId, JSON.stringify(mapping.groups), mapping.defaultRole, mapping.defaultRoleSetBy ?? null],
    );
  }
}
