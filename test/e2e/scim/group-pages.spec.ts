import { sql } from '../../support/databases.js';
import { sharedApp } from '../../support/shared-app.js';
import { aDirectory, type Directory } from './scim-world.js';

/** As many as a group can have. */
const MEMBERS = 5000;

describe('A page of groups of a directory', () => {
  let directory: Directory;
  beforeAll(async () => {
    directory = await aDirectory();
    const ids: string[] = [];
    for (const name of ['Everybody', 'Nobody', 'Everybody again', 'Nobody either'])
      ids.push(await directory.aGroup(name));
    await sql(
      (await sharedApp()).superuserUrl,
      `WITH people AS (
         INSERT INTO members (id, business_id, email, name, role)
         SELECT gen_random_uuid(), $1, 'paged-' || n || '@example.com', 'Paged', 'no-access' FROM generate_series(1, $2::int) AS n RETURNING id)
       INSERT INTO group_members (group_id, member_id, business_id) SELECT g, p.id, $1 FROM people p, unnest($3::uuid[]) AS g`,
      [directory.business.id, MEMBERS, [ids[0], ids[2]]],
    );
  });

  const page = async (startIndex: number, more = '') => {
    const { status, body } = await directory.ask('GET', `/Groups?count=200&startIndex=${startIndex}${more}`);
    expect(status).toBe(200);
    const { totalResults, itemsPerPage, Resources } = body;
    const groups = Resources.map(({ displayName, members }: { displayName: string; members?: unknown[] }) => [
      displayName,
      members?.length,
    ]);
    return { totalResults, itemsPerPage, groups };
  };

  it('ends before the group with which it would show more members than one group can have', async () => {
    expect(await page(1)).toEqual({
      totalResults: 4,
      itemsPerPage: 2,
      groups: [
        ['Everybody', MEMBERS],
        ['Nobody', 0],
      ],
    });
    expect(await page(3)).toEqual({
      totalResults: 4,
      itemsPerPage: 2,
      groups: [
        ['Everybody again', MEMBERS],
        ['Nobody either', 0],
      ],
    });
  });

  it('has all groups when members are not asked for', async () => {
    expect(await page(1, '&excludedAttributes=members')).toMatchObject({ totalResults: 4, itemsPerPage: 4 });
  });
});
