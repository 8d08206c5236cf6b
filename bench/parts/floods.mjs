// @ts-check
import { FLOODS, startFlood } from '../lib/flood.mjs';
import { neighbour } from '../lib/neighbour.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { quantile, summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant } from '../lib/tenants.mjs';

const WRONG = 2000;
const VERIFICATIONS_A_TURN = 5;

/**
 * What one tenant's calls take while another floods, in times of what they take alone, with the limits of an
 * installation that sets none. Alone and flooded take turns; the flood is a process of its own.
 */
export async function measureFloods({ env, directory, database, mint, say }, { rounds, turns, logTokens }) {
  const url = await database.create('floods');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const [flooding, calm] = [
    await createTenant(rescind.api, 'Flooding Ltd'),
    await createTenant(rescind.api, 'Calm Ltd'),
  ];
  const session = await database.connect(url);
  // Something to list, to search and to export.
  await copyTokens(session, mint, flooding, logTokens);
  const secrets = {
    platform: env.RESCIND_BOOTSTRAP_TOKEN,
    admin: flooding.secret,
    auditor: await auditorOf(rescind.api, flooding),
    wrong: Array.from({ length: WRONG }, () => mint().secret),
  };
  const [asked] = await copyTokens(session, mint, calm, 1);
  const other = neighbour(rescind.url, { business: calm.id, secret: calm.secret }, asked.secret);
  const call = async () =>
    other.call(
      (await copyTokens(session, mint, calm, turns)).map(({ id }) => id),
      VERIFICATIONS_A_TURN,
    );
  await call();
  const rows = [];
  for (const [kind, connections] of FLOODS) {
    const [alone, flooded] = [[], []];
    for (let round = 0; round < rounds; round++) {
      alone.push(await call());
      const flood = await startFlood({ url: rescind.url, kind, connections, business: flooding.id, secrets });
      flooded.push(await call());
      await flood.stop();
    }
    const times = (which, part) => {
      const of = (seen) => quantile(seen.flatMap((each) => each[which]), part); // prettier-ignore
      return of(flooded) / of(alone);
    };
    const refused = [...alone, ...flooded].flatMap((each) => Object.entries(each.refused));
    const row = {
      kind,
      verifyP50: times('verifyMs', 0.5),
      verifyP99: times('verifyMs', 0.99),
      revokeP50: times('revokeMs', 0.5),
      revokeP99: times('revokeMs', 0.99),
      refused: refused.map(([what, count]) => `${count} × ${what}`).join(', ') || 'none',
      aloneMs: summary(alone.flatMap((each) => each.revokeMs)).median,
    };
    say(JSON.stringify(row));
    rows.push(row);
  }
  other.close();
  await session.end();
  await rescind.stop();
  return rows;
}

async function auditorOf(api, { id }) {
  const inside = { 'x-business-id': id };
  const email = `auditor-${id}@example.com`;
  await api.post('/api/v1/members', { email, name: 'Auditor', role: 'auditor' }, inside);
  return (await api.post('/api/v1/tokens', { name: 'auditing', owner_email: email }, inside)).body.token;
}
