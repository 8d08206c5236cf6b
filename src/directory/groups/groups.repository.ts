import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';

/** A group of a directory. */
export interface Group {
  id: string;
  name: string;
  externalId: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** That a member is in a group. */
export interface GroupMember {
  groupId: string;
  memberId: string;
  /** Of the one that was not asked for. */
  name: string;
}

/** What groups are looked for by; all of it holds. */
interface GroupFilter {
  id?: string | undefined;
  name?: string | undefined;
  externalId?: string | undefined;
  memberId?: string | undefined;
}

const COLUMNS = `g.id, g.name, g.external_id AS "externalId", g.created_at AS "createdAt", g.updated_at AS "updatedAt"`;
const MATCHES = `g.business_id = $1 AND ($2::uuid IS NULL OR g.id = $2) AND ($3::text IS NULL OR lower(g.name) = lower($3))
  AND ($4::text IS NULL OR g.external_id = $4)
  AND ($5::uuid IS NULL OR EXISTS (SELECT FROM group_members gm WHERE gm.group_id = g.id AND gm.member_id = $5))`;
const PROVIDED = '(m.removed_at IS NULL OR m.deactivated_at IS NOT NULL)';

/** The groups of a business. Members that were removed for good are in none, whatever rows are left of them. */
@Injectable()
export class GroupsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Oldest first. Uses groups_created_at_idx, or groups_name_key. */
  page(
    businessId: string,
    { id, name, externalId, memberId }: GroupFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ total: number; groups: Group[] }> {
    const values = [businessId, id ?? null, name ?? null, externalId ?? null, memberId ?? null];
    return inBusiness(this.dataSource, businessId, async (manager) => {
      const counted = await manager.query<{ total: number }[]>(
        `SELECT count(*)::int AS total FROM groups g WHERE ${MATCHES}`,
        values,
      );
      const total = counted[0]?.total ?? 0;
      if (limit === 0 || offset >= total) return { total, groups: [] };
      const groups = await manager.query<Group[]>(
        `SELECT ${COLUMNS} FROM groups g WHERE ${MATCHES} ORDER BY g.created_at, g.id OFFSET $6 LIMIT $7`,
        [...values, offset, limit],
      );
      return { total, groups };
    });
  }

  async find(businessId: string, id: string, manager: EntityManager): Promise<Group | null> {
    const rows = await manager.query<Group[]>(
      `SELECT ${COLUMNS} FROM groups g WHERE g.business_id = $1 AND g.id = $2`,
      [businessId, id],
    );
    return rows[0] ?? null;
  }

  async isTaken(
    businessId: string,
    name: string,
    otherThan: string | null,
    manager: EntityManager,
  ): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      'SELECT FROM groups WHERE business_id = $1 AND lower(name) = lower($2) AND id IS DISTINCT FROM $3',
      [businessId, name, otherThan],
    );
    return rows.length > 0;
  }

  async insert(
    businessId: string,
    { id, name, externalId }: Pick<Group, 'id' | 'name' | 'externalId'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query('INSERT INTO groups (id, business_id, name, external_id) VALUES ($1, $2, $3, $4)', [
      id,
      businessId,
      name,
      externalId,
    ]);
  }

  async update(
    businessId: string,
    id: string,
    { name, externalId }: Pick<Group, 'name' | 'externalId'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      'UPDATE groups SET name = $3, external_id = $4, updated_at = now() WHERE business_id = $1 AND id = $2',
      [businessId, id, name, externalId],
    );
  }

  /** An empty group. */
  async remove(businessId: string, id: string, manager: EntityManager): Promise<void> {
    await manager.query('DELETE FROM groups WHERE business_id = $1 AND id = $2', [businessId, id]);
  }

  /** @param manager of a transaction; left out: outside of one */
  membersOf(
    businessId: string,
    groupIds: readonly string[],
    manager?: EntityManager,
  ): Promise<GroupMember[]> {
    return inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.query<GroupMember[]>(
        `SELECT gm.group_id AS "groupId", m.id AS "memberId", m.name FROM group_members gm JOIN members m ON m.id = gm.member_id
          WHERE gm.business_id = $1 AND gm.group_id = ANY ($2) AND ${PROVIDED} ORDER BY m.created_at, m.id`,
        [businessId, groupIds],
      ),
    );
  }

  /** The groups of each of these members. @param manager of a transaction; left out: outside of one */
  groupsOf(
    businessId: string,
    memberIds: readonly string[],
    manager?: EntityManager,
  ): Promise<GroupMember[]> {
    return inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.query<GroupMember[]>(
        `SELECT gm.member_id AS "memberId", g.id AS "groupId", g.name FROM group_members gm JOIN groups g ON g.id = gm.group_id
          WHERE gm.business_id = $1 AND gm.member_id = ANY ($2) ORDER BY g.created_at, g.id`,
        [businessId, memberIds],
      ),
    );
  }

  /** How many members each of these groups has, in their order. */
  async sizesOf(businessId: string, groupIds: readonly string[]): Promise<number[]> {
    const rows = await inBusiness(this.dataSource, businessId, (manager) =>
      manager.query<{ size: number }[]>(
        `SELECT (SELECT count(*)::int FROM group_members gm WHERE gm.business_id = $1 AND gm.group_id = n.id) AS size
           FROM unnest($2::uuid[]) WITH ORDINALITY AS n (id, place) ORDER BY n.place`,
        [businessId, groupIds],
      ),
    );
    return rows.map(({ size }) => size);
  }

  async sizeOf(businessId: string, id: string, manager: EntityManager): Promise<number> {
    const rows = await manager.query<{ size: number }[]>(
      `SELECT count(*)::int AS size FROM group_members gm JOIN members m ON m.id = gm.member_id
        WHERE gm.business_id = $1 AND gm.group_id = $2 AND ${PROVIDED}`,
      [businessId, id],
    );
    return rows[0]?.size ?? 0;
  }

  /** How many of these are members that can be in a group. */
  async countKnown(
    businessId: string,
    memberIds: readonly string[],
    manager: EntityManager,
  ): Promise<number> {
    const [row] = await manager.query<{ known: number }[]>(
      `SELECT count(*)::int AS known FROM members m WHERE m.business_id = $1 AND m.id = ANY ($2) AND ${PROVIDED}`,
      [businessId, memberIds],
    );
    return row?.known ?? 0;
  }

  /** @returns those who were not in it before */
  async add(
    businessId: string,
    id: string,
    memberIds: readonly string[],
    manager: EntityManager,
  ): Promise<string[]> {
    const rows = await manager.query<{ id: string }[]>(
      `INSERT INTO group_members (group_id, member_id, business_id) SELECT $2, n, $1 FROM unnest($3::uuid[]) AS n
       ON CONFLICT DO NOTHING RETURNING member_id AS id`,
      [businessId, id, memberIds],
    );
    return rows.map((row) => row.id);
  }

  /**
   * Takes these out, or, with `isOfOthers`, everybody but these.
   * @returns those who were in it
   */
  async take(
    businessId: string,
    id: string,
    memberIds: readonly string[],
    isOfOthers: boolean,
    manager: EntityManager,
  ): Promise<string[]> {
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `DELETE FROM group_members WHERE business_id = $1 AND group_id = $2
       AND member_id ${isOfOthers ? '<> ALL' : '= ANY'} ($3::uuid[]) RETURNING member_id AS id`,
      [businessId, id, memberIds],
    );
    return rows.map((row) => row.id);
  }
}
