import { createHash } from 'node:crypto';
import { TokenMacs, type BoundToken } from '../../src/secrets/token-macs.js';
import { BOUND_COLUMNS } from '../../src/token-schema/token-columns.sql.js';
import { sql } from './databases.js';
import { testRun } from './test-run.js';

/** As the test applications have them. */
export function tokenMacs(): TokenMacs {
  const key = Buffer.from(testRun().secrets.RESCIND_PEPPER, 'base64');
  const id = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return new TokenMacs({ pepper: { id, key }, retiredPeppers: [] });
}

/**
 * Changes a token with SQL (`change` is what follows SET) as if the application had made it so: tests bring about what
 * takes days, or has no route.
 */
export async function changeToken(url: string, id: string, change: string): Promise<void> {
  const [row] = await sql<BoundToken>(
    url,
    `UPDATE tokens t SET ${change} WHERE id = $1 RETURNING ${BOUND_COLUMNS}`,
    [id],
  );
  if (row === undefined) throw new Error('there is no such token');
  await sql(url, 'UPDATE tokens SET mac = $2 WHERE id = $1', [id, tokenMacs().macOf(row)]);
}
