// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../lib/prerequisites.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant } from '../lib/tenants.mjs';

/** Longer than a round takes, since heartbeats wait while the loop holds the process. */
const LEASE_MS = 20_000;
const PATIENCE_MS = 30_000;

/**
 * What one verdict out of memory costs inside a process, without HTTP: Verdicts of the built program, its memory, and
 * the lease of a verifier that is registered with a real database and kept alive by it.
 */
export async function measureLookUp({ env, directory, mint, database, say }, sizes) {
  const url = await database.create('look-up');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const tenant = await createTenant(rescind.api, 'Looked Up Ltd');
  const session = await database.connect(url);
  const [known] = await copyTokens(session, mint, tenant, 1);
  await session.end();
  const verifying = await startVerdicts(database.settingsFor(url).DATABASE_URL, env.RESCIND_PEPPER);
  try {
    const tokens = await remember(verifying, known, mint, sizes.tokens);
    return await measure(verifying, tenant, tokens, sizes, say);
  } finally {
    await verifying.end();
    await rescind.stop();
  }
}

/** Wired as the application does it, on a pool and a verifier of its own. */
async function startVerdicts(url, pepper) {
  const built = (path) => import(`${root}/dist/${path}.js`);
  const [{ DataSource }, { dataSourceOptions }, { ReachedDatabase }, { SecretHasher }] = await Promise.all([
    import('typeorm'),
    built('database/data-source-options'),
    built('database/reached-database'),
    built('secrets/secret-hasher'),
  ]);
  const [
    { DatabaseClock },
    { Registry },
    { RestartGrace },
    { VerifierConnection },
    { Verifier },
    { ClientVerifiers },
  ] = await Promise.all([
    built('revocation/database-clock'),
    built('revocation/registry'),
    built('revocation/restart-grace'),
    built('revocation/verifier-connection'),
    built('revocation/verifier'),
    built('revocation/client-verifiers/client-verifiers'),
  ]);
  const [{ ChosenSecrets }, { LastUsed }, { Verdicts }, { VerdictsRepository }] = await Promise.all([
    built('verification/chosen-secrets'),
    built('verification/last-used'),
    built('verification/verdicts'),
    built('verification/verdicts.repository'),
  ]);
  const { createHash } = await import('node:crypto');
  const key = Buffer.from(pepper, 'base64');
  const id = createHash('sha256').update(key).digest('hex').slice(0, 8);
  const hasher = new SecretHasher({ pepper: { id, key }, retiredPeppers: [] });
  const dataSource = await new DataSource(
    dataSourceOptions({ url, poolMax: 4, rowAccess: '*' }),
  ).initialize();
  const clock = new DatabaseClock();
  const revocation = { leaseMs: LEASE_MS, barrierMarginMs: 5000 };
  const database = { url, listenUrl: url, synchronousCommit: 'on' };
  const reached = new ReachedDatabase();
  const registry = new Registry(database, revocation, reached);
  const connection = new VerifierConnection(revocation, database, registry, reached, new RestartGrace());
  const verifier = new Verifier(
    revocation,
    connection,
    registry,
    clock,
    reached,
    new ClientVerifiers(revocation),
  );
  const config = {
    memoryEnabled: true,
    activeVerdictsMax: 1_000_000,
    negativeVerdictsMax: 1000,
    lastUsedFlushMs: 60_000,
  };
  const verdicts = new Verdicts(
    hasher,
    new VerdictsRepository(dataSource, clock),
    verifier,
    clock,
    new LastUsed(dataSource, config),
    new ChosenSecrets(dataSource),
    config,
  );
  verifier.onApplicationBootstrap();
  const end = async () => {
    await verifier.beforeApplicationShutdown();
    await dataSource.destroy();
  };
  return { verdicts, verifier, hasher, pepperId: id, end };
}

/** Looks one token up in the database, and puts `count` like it into memory, each with a secret of its own. */
async function remember({ verdicts, verifier, pepperId }, known, mint, count) {
  await leaseOf(verifier);
  const verdict = await verdicts.of(known.secret, { from: null });
  if (!verdict.active) throw new Error(`the token is not active: ${verdict.reason}`);
  const tokens = [];
  for (let index = 0; index < count; index++) {
    const { secret, jti, digest } = mint();
    const facts = {
      ...verdict.token,
      jti,
      pepperId,
      digest: Buffer.from(digest.slice(2), 'hex').toString('latin1'),
    };
    await verdicts.cache.fill(jti, () => Promise.resolve(facts));
    tokens.push({ secret, jti });
  }
  return tokens;
}

async function leaseOf(verifier) {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS; await delay(20))
    if (verifier.lease.remainingMs() > LEASE_MS / 2) return;
  throw new Error('the verifier got no lease');
}

async function measure({ verdicts, verifier, hasher, pepperId }, tenant, tokens, sizes, say) {
  const others = { from: null, within: tenant.id };
  const own = { ...others, connection: {} };
  const steps = {
    'lease check and memory look-up': ({ jti }) =>
      verifier.lease.holds() && verdicts.cache.recall(jti) !== undefined,
    'digest of the secret (HMAC-SHA-256)': ({ secret }) => hasher.digest(secret, pepperId) !== null,
    "a whole verdict on another's secret": ({ secret }) => verdicts.of(secret, others).active === true,
    "a whole verdict on the caller's own, presented again on its connection": (_, first) =>
      verdicts.of(first.secret, own).active === true,
  };
  const microseconds = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
  for (let round = -1; round < sizes.rounds; round++) {
    for (const [name, step] of Object.entries(steps)) {
      await leaseOf(verifier);
      const took = timeOf(step, tokens, sizes.perRound);
      // The first one compiles the code.
      if (round >= 0) microseconds[name].push(took);
    }
  }
  const rows = Object.entries(microseconds).map(([name, each]) => ({ name, ...summary(each) }));
  for (const { name, median } of rows) say(`${name}: ${median.toFixed(2)} µs`);
  return rows;
}

/**
 * Goes through the tokens by a stride, so that no two neighbours in memory follow each other.
 * @returns microseconds each of this process's CPU, collecting garbage included: whoever else runs here is not counted
 */
function timeOf(step, tokens, count) {
  const stride = 7919;
  const [first] = tokens;
  const started = process.cpuUsage();
  for (let index = 0, at = 0; index < count; index++, at = (at + stride) % tokens.length)
    if (!step(tokens[at], first)) throw new Error('a verdict was not given out of memory');
  const { user, system } = process.cpuUsage(started);
  return (user + system) / count;
}
