import type { DataSource } from 'typeorm';
import type { PoolClient, QueryConfig } from 'pg';

interface KnownPepper {
  id: string;
  checkValue: Buffer | null;
  /** Whether no active token was left under it, and it was not the current one, when a start looked. */
  isEmpty: boolean;
}

/** Reads every token once: longer than a request may take. */
const SCAN_MS_MAX = 600_000;

/** Starts that compare their secrets take turns, until the end of the transaction. */
export async function takeTurn(session: PoolClient): Promise<void> {
  await session.query(`SELECT pg_advisory_xact_lock(hashtext('rescind.secret_register'))`);
}

/** All that there have been; the one that became current last is the first. */
export async function findPeppers(session: PoolClient): Promise<KnownPepper[]> {
  const { rows } = await session.query<KnownPepper>(
    `SELECT id, check_value AS "checkValue", emptied_at IS NOT NULL AS "isEmpty" FROM peppers ORDER BY current_since DESC, id`,
  );
  return rows;
}

/** Whether an active token is stored under it. */
export async function isPepperInUse(session: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await session.query({
    text: `SELECT FROM tokens WHERE pepper_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) LIMIT 1`,
    values: [id],
    query_timeout: SCAN_MS_MAX,
  } as QueryConfig);
  return rowCount === 1;
}

export async function markPepperEmpty(session: PoolClient, id: string): Promise<void> {
  await session.query('UPDATE peppers SET emptied_at = now() WHERE id = $1', [id]);
}

/** For a pepper that was known by its id alone. */
export async function keepCheckValue(session: PoolClient, id: string, checkValue: Buffer): Promise<void> {
  await session.query('UPDATE peppers SET check_value = $2 WHERE id = $1 AND check_value IS NULL', [
    id,
    checkValue,
  ]);
}

export async function makePepperCurrent(session: PoolClient, id: string, checkValue: Buffer): Promise<void> {
  await session.query(
    `INSERT INTO peppers (id, check_value, current_since) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (id) DO UPDATE SET current_since = clock_timestamp(), emptied_at = NULL`,
    [id, checkValue],
  );
}

/** The id of the key that became current last; null: there has been none. */
export async function findSigningKeyId(session: PoolClient): Promise<string | null> {
  const { rows } = await session.query<{ kid: string }>(
    'SELECT kid FROM signing_keys ORDER BY current_since DESC, kid LIMIT 1',
  );
  return rows[0]?.kid ?? null;
}

/** Those of the keys that the schema has seen; what it says of them, its ids can prove. */
export async function findSigningKeys(
  session: PoolClient,
  ids: readonly string[],
): Promise<{ kid: string; publicKey: Buffer }[]> {
  const { rows } = await session.query<{ kid: string; publicKey: Buffer }>(
    'SELECT kid, public_key AS "publicKey" FROM signing_keys WHERE kid = ANY ($1)',
    [ids],
  );
  return rows;
}

/** @param publicKey SPKI, DER */
export async function makeSigningKeyCurrent(
  session: PoolClient,
  kid: string,
  publicKey: Buffer,
): Promise<void> {
  await session.query(
    `INSERT INTO signing_keys (kid, public_key, current_since) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (kid) DO UPDATE SET current_since = clock_timestamp()`,
    [kid, publicKey],
  );
}

/** What the processes have now, in one statement; null: none has started since the schema knows of it. */
export async function findCurrentSecrets(
  dataSource: DataSource,
): Promise<{ pepperId: string | null; kid: string | null }> {
  const [current] = await dataSource.query<{ pepperId: string | null; kid: string | null }[]>(
    `SELECT (SELECT id FROM peppers ORDER BY current_since DESC, id LIMIT 1) AS "pepperId",
       (SELECT kid FROM signing_keys ORDER BY current_since DESC, kid LIMIT 1) AS kid`,
  );
  return current ?? { pepperId: null, kid: null };
}
