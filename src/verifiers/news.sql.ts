import type { Prepared } from '../database/prepared.js';
import { ENTRIES_PER_PAGE } from '../lease/ports.js';
import { SERVER_RUN } from './server-run.sql.js';

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

/** `FeedSession.peek` since snapshot $1 on run $2. Writes nothing, and so earns no lease. */
export const PEEK: Prepared = {
  name: 'verifier_peek',
  text: `SELECT ${NEWS('$1')} FROM revocation_feed_epoch WHERE ${SERVER_RUN} = $2`,
};

/** `FeedSession.nextPage` between snapshots $1 and $2, after entry ($3, $4), on run $5. */
export const NEXT_PAGE: Prepared = {
  name: 'verifier_next_page',
  text: `SELECT epoch::text AS epoch, ${page('$1', '$2::pg_snapshot', '$3', '$4')} FROM revocation_feed_epoch WHERE ${SERVER_RUN} = $5`,
};
