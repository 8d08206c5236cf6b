import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { serviceUrlOf, sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

describe('a change of somebody who was let in as an owner', () => {
  /** What `change_begin` says of them in a transaction that is rolled back. */
  const refusalOf = async (businessId: string, tokenId: string): Promise<string | null> => {
    const session = new pg.Client({ connectionString: serviceUrlOf((await sharedApp()).databaseUrl) });
    await session.connect();
    try {
      await session.query('BEGIN');
      const { rows } = await session.query<{ refusals: (string | null)[] }>(
        'SELECT refusals FROM change_begin($1::uuid[], $2::uuid[], $3::text[])',
        [[businessId], [tokenId], ['owner']],
      );
      return rows[0]?.refusals[0] ?? null;
    } finally {
      await session.query('ROLLBACK');
      await session.end();
    }
  };

  it.each(['members', 'identities'])('is refused when they have a lower role by then (%s)', async (table) => {
    const { superuserUrl } = await sharedApp();
    const business = await aBusiness();
    const isMember = table === 'members';
    const owner = isMember ? await aMember(business, 'owner') : await anIdentity(business, 'owner');
    const { id } = await aToken(business, isMember ? { member: owner as never } : { identityId: owner.id });
    expect(await refusalOf(business.id, id)).toBeNull();
    for (const role of ['admin', 'developer', 'auditor', 'no-access']) {
      await sql(superuserUrl, `UPDATE ${table} SET role = $2 WHERE id = $1`, [owner.id, role]);
      expect([role, await refusalOf(business.id, id)]).toEqual([role, 'demoted']);
    }
  });
});
