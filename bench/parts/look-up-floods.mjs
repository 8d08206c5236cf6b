// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { LOOK_UP_FLOODS, startFlood } from '../lib/flood.mjs';
import { neighbour } from '../lib/neighbour.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { quantile } from '../lib/statistics.mjs';
import { copyTokens, createTenant } from '../lib/tenants.mjs';

/**
 * What one tenant's calls take, each of which has to be looked up, while another asks for more look-ups than the database answers,
 * with the limits of an installation that sets none. The flood is one process of its own.
 */
export async function measureLookUpFloods(
  { env, directory, database, mint, say },
  { connections, administrators, verificationsEach },
) {
  const url = await database.create('lookupfloods');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const [flooding, calm] = [
    await createTenant(rescind.api, 'Flooding Ltd'),
    await createTenant(rescind.api, 'Calm Ltd'),
  ];
  const session = await database.connect(url);
  const secrets = { platform: env.RESCIND_BOOTSTRAP_TOKEN, admin: flooding.secret, auditor: '', wrong: [] };
  const other = neighbour(rescind.url, { business: calm.id, secret: calm.secret }, '');
  const call = async (while_ = async (calls) => calls()) => {
    const revoking = [];
    for (let count = 0; count < administrators; count++)
      revoking.push(await administratorOf(rescind.api, calm));
    const asked = await copyTokens(session, mint, calm, administrators * verificationsEach);
    return while_(() => other.callCold(asked.map(({ secret }) => secret), revoking)); // prettier-ignore
  };
  await call();
  const rows = [];
  for (const kind of LOOK_UP_FLOODS)
    for (const count of connections) {
      const seen = await call(async (calls) => {
        const flood = await startFlood({
          ...{ url: rescind.url, kind, connections: count, business: flooding.id, secrets },
        });
        try {
          return await calls();
        } finally {
          say(JSON.stringify(await flood.stop()));
        }
      });
      const row = {
        ...{ kind, connections: count },
        verifyP50: quantile(seen.verifyMs, 0.5),
        verifyP99: quantile(seen.verifyMs, 0.99),
        revokeP50: quantile(seen.revokeMs, 0.5),
        revokeP99: quantile(seen.revokeMs, 0.99),
        refused: Object.entries(seen.refused).map(([what, times]) => `${times} × ${what}`).join(', ') || 'none', // prettier-ignore
      };
      say(JSON.stringify(row));
      rows.push(row);
    }
  other.close();
  await session.end();
  await rescind.stop();
  return rows;
}

/** A token that may revoke, and has never been presented. */
async function administratorOf(api, { id, email }) {
  const asked = { name: 'revoking', owner_email: email, scopes: ['rescind:tokens:write'] };
  const { status, body } = await api.post('/api/v1/tokens', asked, { 'x-business-id': id });
  if (status === 429) return delay(1000).then(() => administratorOf(api, { id, email }));
  return { id: body.token_info.id, secret: body.token };
}
