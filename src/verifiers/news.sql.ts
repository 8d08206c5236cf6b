import type { Prepared } from '../database/prepared.js';
import { SERVER_RUN } from './server-run.sql.js';

/** Entries read by one statement. */
export const ENTRIES_PER_PAGE = 2000;
/** If there are more pages than this, forgetting everything is cheaper. */
export const PAGES_MAX = 50;

export interface NewsEntry {
  kind: string;
  subject: string;
  xid: string;
  id: number;
}

export interface NewsRow {
  epoch: string;
  entries: NewsEntry[] | null;
}

export interface RoundRow extends NewsRow {
  snapshot: string;
  now_ms: number;
  /** Of all verifiers that have registered lately, gone or not. */
  longest_lease_ms: number;
}

/**
 * A page of the entries that are visible in snapshot `until` but not in `since`, after the one of transaction `xid` with
 * number `id`, in a stable order. These are the entries of transactions that were in progress in `since`, and of those
 * from its end on. Both use revocation_feed_xid_idx, so that nothing is read twice, however long a transaction stays
 * open.
 */
const page = (since: string, until: string, xid: string, id: string): string => {
  const entries = (whose: string): string => `
    SELECT kind, subject, xid, id FROM revocation_feed
    WHERE ${whose} AND (xid, id) > (${xid}::xid8, ${id}::bigint) AND pg_visible_in_snapshot(xid, ${until})
    ORDER BY xid, id LIMIT ${ENTRIES_PER_PAGE}`;
  return `
  (SELECT json_agg(json_build_object('kind', kind, 'subject', subject, 'xid', xid::text, 'id', id)) FROM (
    SELECT news.* FROM pg_snapshot_xip(${since}::pg_snapshot) AS x CROSS JOIN LATERAL (${entries('xid = x')}) AS news
    UNION ALL (${entries(`xid >= pg_snapshot_xmax(${since}::pg_snapshot)`)})
    ORDER BY xid, id LIMIT ${ENTRIES_PER_PAGE}) AS page) AS entries`;
};

/** The position of the feed, the longest lease, and the first page of what has become visible in it since `position`. */
export const NEWS = (position: string): string => `
  pg_current_snapshot()::text AS snapshot, epoch::text AS epoch, longest_lease_ms,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms, ${page(position, 'pg_current_snapshot()', `'0'`, '0')}`;

/**
 * Reads what has become visible since snapshot $1. Writes nothing, and so earns no lease. No row: this is not the run $2
 * of the server that the snapshot is of.
 */
export const PEEK: Prepared = {
  name: 'verifier_peek',
  text: `SELECT ${NEWS('$1')} FROM revocation_feed_epoch WHERE ${SERVER_RUN} = $2`,
};

/**
 * The next page of what became visible between snapshots $1 and $2, after entry ($3, $4). No row: this is not the run $5
 * of the server that they are of.
 */
export const NEXT_PAGE: Prepared = {
  name: 'verifier_next_page',
  text: `SELECT epoch::text AS epoch, ${page('$1', '$2::pg_snapshot', '$3', '$4')} FROM revocation_feed_epoch WHERE ${SERVER_RUN} = $5`,
};
