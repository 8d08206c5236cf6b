import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { HOSTS } from '../config/database.config.js';

/** Less than whoever wants a session waits for it. */
const ANSWER_MS_MAX = 900;
/** For how long others are waited for once one says that it is the primary: a deposed one may still say so. */
const OTHERS_MS = 50;

const TIMELINE = `
SELECT CASE WHEN NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
  THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS timeline`;

/** As of a server that is not there yet. */
const NONE = '57P03';

type Place = Pick<pg.Client, 'host' | 'port'>;
const underWay = new Map<string, Promise<Place>>();

/** Addresses of each host alone. */
export function eachHostOf(address: string): string[] {
  const hosts = new URL(address).searchParams.get(HOSTS)?.split(',') ?? [];
  return hosts.map((host) => Object.assign(new URL(address), { port: '', host }).href);
}

/**
 * The host of an address with several that takes writes now; of two, that of the later timeline. All are asked at once, so that
 * one that says nothing keeps nobody waiting. Whoever asks meanwhile shares the answer.
 * @throws Error with SQLSTATE 57P03 if only standbys answer; if none does, what the first host's error is
 */
export function findPrimary(address: string): Promise<Place> {
  const found = underWay.get(address) ?? search(address).finally(() => underWay.delete(address));
  underWay.set(address, found);
  return found;
}

async function search(address: string): Promise<Place> {
  const found: (Place & { timeline: string })[] = [];
  const asked = eachHostOf(address).map(async (each) => found.push(await primaryAt(each)));
  await Promise.any(asked).catch(({ errors }: AggregateError) => {
    throw errors.find(({ code }) => code === NONE) ?? errors[0];
  });
  await Promise.race([Promise.allSettled(asked), sleep(OTHERS_MS)]);
  const { host, port } = found.reduce((one, other) => (one.timeline > other.timeline ? one : other));
  return { host, port };
}

async function primaryAt(address: string): Promise<Place & { timeline: string }> {
  const session = new pg.Client({
    connectionString: address,
    application_name: 'rescind-primary',
    connectionTimeoutMillis: ANSWER_MS_MAX,
    query_timeout: ANSWER_MS_MAX,
  });
  session.on('error', () => undefined);
  try {
    await session.connect();
    const { rows } = await session.query<{ timeline: string | null }>(TIMELINE);
    const { host, port } = session;
    if (rows[0]?.timeline) return { host, port, timeline: rows[0].timeline };
    throw Object.assign(new Error('None of the hosts takes writes: they are standbys.'), { code: NONE });
  } finally {
    void session.end().catch(() => undefined);
  }
}
