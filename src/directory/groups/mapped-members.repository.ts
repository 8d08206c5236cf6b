import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RoleSources } from '../members/role-in-force.js';

/** A member as far as the directory has a say in their role. */
export interface MappedMember extends RoleSources {
  id: string;
  email: string;
  name: string;
  isPresent: boolean;
  /** The names of their groups. */
  groups: string[];
}

/** The roles that follow from groups. */
@Injectable()
export class MappedMembersRepository {
  /**
   * Provided members with their groups.
   * @param memberIds null: all who are in a group, or whom a directory has had a say in
   */
  find(
    businessId: string,
    memberIds: readonly string[] | null,
    manager: EntityManager,
  ): Promise<MappedMember[]> {
    return manager.query<MappedMember[]>(
      `SELECT m.id, m.email, m.name, m.role, m.manual_role AS "manualRole", m.mapped_role AS "mappedRole",
              m.role_pinned AS "rolePinned", m.removed_at IS NULL AS "isPresent",
              array(SELECT g.name FROM group_members gm JOIN groups g ON g.id = gm.group_id WHERE gm.member_id = m.id) AS groups
         FROM members m
        WHERE m.business_id = $1 AND (m.removed_at IS NULL OR m.deactivated_at IS NOT NULL)
          AND CASE WHEN $2::uuid[] IS NULL
                THEN m.mapped_role IS NOT NULL OR m.role = 'no-access' OR EXISTS (SELECT FROM group_members gm WHERE gm.member_id = m.id)
                ELSE m.id = ANY ($2) END
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
