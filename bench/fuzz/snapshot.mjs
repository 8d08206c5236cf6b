// @ts-check
import { setTimeout as delay } from 'node:timers/promises';

/** All rows of `business` in every table that has a business, as one hash a table. */
export async function snapshotOf(session, business) {
  const { rows: tables } = await session.query(
    `SELECT c.table_name AS name, CASE WHEN c.table_name = 'businesses' THEN 'id' ELSE 'business_id' END AS key
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
       AND (c.column_name = 'business_id' OR (c.table_name = 'businesses' AND c.column_name = 'id'))
     ORDER BY 1`,
  );
  const snapshot = {};
  for (const { name, key } of tables) {
    const table = session.escapeIdentifier(name);
    const { rows } = await session.query(
      `SELECT count(*) || ' rows ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS hash FROM ${table} t WHERE ${key}::text = $1`,
      [business],
    );
    snapshot[name] = rows[0].hash;
  }
  return snapshot;
}

/** A snapshot once the set-up's own late writes (last-used) have settled. @throws when they do not within 30 s */
export async function settledSnapshot(session, business) {
  let before = await snapshotOf(session, business);
  for (let attempt = 0, calm = 0; attempt < 60; attempt++) {
    await delay(500);
    const now = await snapshotOf(session, business);
    calm = differences(before, now).length === 0 ? calm + 1 : 0;
    if (calm === 4) return now;
    before = now;
  }
  throw new Error('The rows of a business that nobody uses keep changing.');
}

/** The tables that differ, each with before and after. */
export function differences(before, after) {
  return Object.keys({ ...before, ...after })
    .filter((table) => before[table] !== after[table])
    .map((table) => `${table}: ${before[table]} → ${after[table]}`);
}
