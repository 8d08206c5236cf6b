// @ts-check
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { longestTurnMs, monitoredBy } from '../../test/guarantees/event-loop/longest-turn.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { median } from '../lib/statistics.mjs';
import { copyTokens, createTenant, revokeRequest } from '../lib/tenants.mjs';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * What is dear or rare, and must not make revocations slow: a transaction that somebody forgot, a feed with much in it
 * that is younger, thousands of verifiers, an owner with thousands of tokens.
 */
export async function measureContention(context, sizes) {
  return {
    held: await measureHeldTransaction(context, sizes),
    registry: await measureRegistry(context, sizes),
    removal: await measureRemovals(context, sizes),
  };
}

/** Revocations before a transaction with an id is held open in another database of the cluster, and while it is. */
async function measureHeldTransaction({ env, directory, database, mint, say }, { revocations, feedEntries }) {
  const url = await database.create('held_transaction');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const tenant = await createTenant(rescind.api, 'Held Ltd');
  const session = await database.connect(url, { asSuperuser: true });
  const revokeAll = async (tokens) => {
    const took = [];
    for (const token of tokens) {
      const request = revokeRequest(tenant, token);
      const startMs = performance.now();
      const { status, text } = await rescind.client.request(request.method, request.path, request);
      took.push(performance.now() - startMs);
      if (status !== 201) throw new Error(`revoke: ${status} ${text}`);
    }
    return median(took);
  };
  const revokeMs = async () => revokeAll(await copyTokens(session, mint, tenant, revocations));
  await revokeMs();
  const tokens = await copyTokens(session, mint, tenant, revocations);
  const before = await revokeAll(tokens);
  const repeated = await revokeAll(tokens);
  const holder = await database.connect(database.administrator);
  await holder.query('BEGIN; SELECT pg_current_xact_id()');
  await session.query(
    `INSERT INTO revocation_feed (kind, subject) SELECT 'token', n::text FROM generate_series(1, $1) AS n`,
    [feedEntries],
  );
  await session.query('ANALYZE revocation_feed');
  // The verifier has read them once.
  await delay(2000);
  const during = await revokeMs();
  await holder.query('COMMIT');
  const after = await revokeMs();
  for (const each of [holder, session]) await each.end();
  await rescind.stop();
  const result = { before, repeated, during, after };
  say(`revoke p50, ms: ${JSON.stringify(result)}`);
  return result;
}

/** The bytes that one look at the registry takes back, by how many verifiers lack what is asked for. */
async function measureRegistry({ env, directory, database, say }, { verifiers }) {
  const { READ_REGISTRY } = await import('../../dist/verifiers/registry.sql.js');
  const url = await database.create('registry');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  await rescind.stop();
  const session = await database.connect(url, { asSuperuser: true });
  await session.query(
    `INSERT INTO verifiers (id, round, applied, lease_ms, description)
     SELECT gen_random_uuid(), 1000, pg_current_snapshot(), 1000, 'host:' || n FROM generate_series(1, $1) AS n`,
    [verifiers],
  );
  const bytesOf = async (transaction) => {
    const { stream } = session.connection;
    const before = stream.bytesRead;
    await session.query(READ_REGISTRY.text, [NIL_UUID, [transaction], false, []]);
    return stream.bytesRead - before;
  };
  const { rows } = await session.query('SELECT pg_current_xact_id()::text AS later');
  const result = { nobodyLacks: await bytesOf('3'), allLack: await bytesOf(rows[0].later) };
  await session.end();
  say(`a look at ${verifiers} verifiers: ${result.nobodyLacks} bytes, when all lack it ${result.allLack}`);
  return result;
}

/** The removal of a member with many tokens, all of them in memory's reach, and for how long it holds the event loop. */
async function measureRemovals({ env, directory, database, mint, say }, { removals, tokensEach }) {
  const url = await database.create('removals');
  const portFile = join(directory, 'monitor');
  const rescind = await startRescind({
    env: { ...env, ...monitoredBy(portFile), ...database.settingsFor(url) },
    directory,
  });
  const tenant = await createTenant(rescind.api, 'Removals Ltd');
  const session = await database.connect(url, { asSuperuser: true });
  const inside = { 'x-business-id': tenant.id };
  const [tookMs, heldMs] = [[], []];
  for (let number = 0; number < removals; number++) {
    const owner = { email: `leaving-${number}@example.com`, name: 'Leaving', role: 'developer' };
    const { body: member } = await rescind.api.post('/api/v1/members', owner, inside);
    await copyTokens(session, mint, { ...tenant, member: member.id }, tokensEach);
    await longestTurnMs(portFile);
    const startMs = performance.now();
    const answer = await rescind.api.request('DELETE', `/api/v1/members/${member.id}`, { headers: inside });
    tookMs.push(performance.now() - startMs);
    if (answer.body?.tokens_revoked !== tokensEach)
      throw new Error(`removal: ${answer.status} ${answer.text}`);
    heldMs.push(await longestTurnMs(portFile));
  }
  await session.end();
  await rescind.stop();
  const result = { tookMs: median(tookMs), tookMsMax: Math.max(...tookMs), heldMs: median(heldMs), heldMsMax: Math.max(...heldMs) }; // prettier-ignore
  say(`a member with ${tokensEach} tokens: ${JSON.stringify(result)}`);
  return result;
}
