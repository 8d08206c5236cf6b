import type { DataSource } from 'typeorm';
import { databaseConfig, HOSTS } from '../config/database.config.js';
import { alongIndexes } from '../database/leadership.js';
import { acrossBusinesses } from '../database/row-access.js';

/** Counting more would keep whoever waits for the command. */
const COUNTED_MAX = 100_000;

/** Which database a command acts on, for the person who gives it. */
export async function databaseInWords(dataSource: DataSource): Promise<string> {
  const [counts] = await acrossBusinesses(dataSource, (manager) =>
    manager.transaction(async (counting) => {
      await alongIndexes(counting);
      return counting.query<{ businesses: number; tokens: number }[]>(
        `SELECT (SELECT count(*)::int FROM businesses) AS businesses,
           (SELECT count(*)::int FROM (SELECT FROM tokens ORDER BY id LIMIT $1 + 1) t) AS tokens`,
        [COUNTED_MAX],
      );
    }),
  );
  const { businesses = 0, tokens = 0 } = counts ?? {};
  const shown = tokens > COUNTED_MAX ? `more than ${COUNTED_MAX}` : tokens;
  return `${databaseAt(databaseConfig().url)}: businesses: ${businesses}, tokens: ${shown}.`;
}

export function databaseAt(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `Database ${decodeURIComponent(pathname.slice(1))} at ${searchParams.get(HOSTS) ?? host}`;
}
