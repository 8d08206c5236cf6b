import { sharedApp } from './shared-app.js';
import { sql } from './databases.js';

/** Ends a token's life as if its date had come, in the database of the worker's shared application. */
export async function expire(tokenId: string): Promise<void> {
  const { superuserUrl } = await sharedApp();
  await sql(
    superuserUrl,
    `UPDATE tokens SET created_at = created_at - interval '2 days', expires_at = now() - interval '1 day' WHERE id = $1`,
    [tokenId],
  );
}
