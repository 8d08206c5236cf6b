import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clients } from './clients.mjs';
import { injectFaults } from './faults.mjs';
import { checkHistory } from './history-checker.mjs';
import { History } from './history.mjs';
import { PostgresCluster } from './postgres-cluster.mjs';
import { seededRandom } from './random.mjs';
import { HttpConnection } from './raw-http.mjs';
import { reconcile } from './reconciliation.mjs';
import { VerifierProcess } from './verifier-process.mjs';

const TENANTS = 5;

/**
 * One torture run: verifiers, clients and faults for `seconds`, then the judgement. Leaves no process behind, and
 * its directory only if something was found.
 * @param options {seconds, seed, verifiers, leaseMs, sabotage?, only?: names of faults, untilFound?: stop early}
 * @returns a report; see `summaryOf`
 */
export async function torture(options, report = () => undefined) {
  const random = seededRandom(options.seed);
  const directory = mkdtempSync(join(tmpdir(), 'rescind-torture-'));
  // Run as root, PostgreSQL is another user's process, and must pass through.
  chmodSync(directory, 0o711);
  const verifiers = [];
  let cluster;
  let result;
  const abandon = () => {
    for (const verifier of verifiers) void verifier.kill();
    void cluster?.crash();
    process.exitCode = 130;
    setTimeout(() => process.exit(), 500);
  };
  process.once('SIGINT', abandon).once('SIGTERM', abandon);
  try {
    cluster = await PostgresCluster.create(join(directory, 'postgres'));
    const settings = makeSettings(options.leaseMs);
    for (let index = 0; index < options.verifiers; index++) {
      const wallOffsetMs = Math.round(random.between(-1, 1) * 86_400_000 * index);
      verifiers.push(
        await VerifierProcess.create(index, {
          directory,
          cluster,
          settings,
          sabotage: options.sabotage,
          wallOffsetMs,
        }),
      );
    }
    for (const verifier of verifiers) await verifier.start();
    report(`${verifiers.length} verifiers on one PostgreSQL; files in ${directory}`);
    const history = new History();
    const secret = settings.RESCIND_BOOTSTRAP_TOKEN;
    const tenants = await makeTenants(verifiers[0], secret);
    const world = {
      verifiers,
      cluster,
      random,
      history,
      tenants,
      secret,
      leaseMs: options.leaseMs,
      only: options.only,
    };
    result = await attack(world, options, report);
    Object.assign(result, await reconcile(cluster, history));
    return result;
  } finally {
    process.off('SIGINT', abandon).off('SIGTERM', abandon);
    await Promise.all(verifiers.map((verifier) => verifier.kill()));
    for (const { proxy } of verifiers) proxy.close();
    await cluster?.stop('SIGQUIT').catch(() => undefined);
    const clean = result && result.violations.length === 0 && result.differences?.length === 0;
    if (clean || options.sabotage) rmSync(directory, { recursive: true, force: true });
    else report(`kept: ${directory}`);
  }
}

async function attack(world, options, report) {
  const { history, leaseMs } = world;
  const clients = new Clients(world);
  const startedMs = performance.now();
  const untilMs = startedMs + options.seconds * 1000;
  const clock = { untilMs };
  const stopped = { valueOf: () => clock.untilMs };
  const { intervals, finished } = injectFaults(world, stopped);
  const progress = setInterval(
    () => {
      report(
        `${Math.round((performance.now() - startedMs) / 1000)} s: ${history.length} verifications, ${revocationsOf(history).length} revocations`,
      );
      if (options.untilFound && checkHistory(history, leaseMs).violations.length > 0) clock.untilMs = 0;
    },
    options.untilFound ? 2000 : 10_000,
  );
  await Promise.all([clients.run(stopped), finished]);
  clearInterval(progress);
  const { violations } = checkHistory(history, leaseMs);
  for (const verifier of world.verifiers)
    if (verifier.deaths > 0) violations.push({ kind: 'died-by-itself', verifier: verifier.index });
  return {
    ...summaryOf(history, intervals, clients.counts),
    seconds: (performance.now() - startedMs) / 1000,
    violations,
  };
}

function summaryOf(history, faults, counts) {
  const outcomes = {};
  for (let index = 0; index < history.length; index++) {
    const { outcome } = history.verification(index);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  const revocations = revocationsOf(history);
  const durations = revocations
    .map(({ startMs, endMs }) => endMs - startMs)
    .sort((left, right) => left - right);
  const quantile = (part) => Math.round(durations[Math.floor(part * (durations.length - 1))] ?? 0);
  const injected = {};
  for (const { name } of faults) injected[name] = (injected[name] ?? 0) + 1;
  return {
    verifications: history.length,
    outcomes,
    revocations: revocations.length,
    revocationsUnderFaults: revocations.filter(({ startMs, endMs }) =>
      faults.some(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs),
    ).length,
    revocationMs: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
    changes: counts.changes,
    unanswered: counts.noAnswer,
    answeredOtherwise: counts.refusedWork,
    faults: injected,
  };
}

function revocationsOf(history) {
  return history.changes.filter(({ kind, ok }) => kind === 'revoke' && ok);
}

function makeSettings(leaseMs) {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    RESCIND_PEPPER: randomBytes(32).toString('base64'),
    RESCIND_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    RESCIND_BOOTSTRAP_TOKEN: `torture-${randomBytes(24).toString('base64url')}`,
    RESCIND_LEASE_MS: String(leaseMs),
    RESCIND_FAILED_AUTH_LIMIT: '10000000',
    RESCIND_OPEN_ROUTE_LIMIT: '10000000',
  };
}

/** Businesses, each with a caller of its own that may verify and that nobody revokes. */
async function makeTenants({ port }, secret) {
  const connection = new HttpConnection(port);
  const make = async (path, business, body) => {
    const headers = `authorization: Bearer ${secret}\r\n${business ? `x-business-id: ${business}\r\n` : ''}`;
    const { text } = await connection.request('POST', path, headers, JSON.stringify(body), 30_000);
    return JSON.parse(text);
  };
  const tenants = [];
  for (let index = 0; index < TENANTS; index++) {
    const { id } = await make('/api/v1/admin/businesses', null, { name: `Torture ${index}` });
    const identity = await make('/api/v1/identities', id, { name: 'the product', role: 'developer' });
    const scopes = ['rescind:tokens:verify'];
    const caller = await make('/api/v1/tokens', id, { name: 'product', identity_id: identity.id, scopes });
    tenants.push({ id, secret: caller.token, owners: [], made: 0 });
  }
  connection.close();
  return tenants;
}
