// @ts-check
import { processTree } from '../lib/proc.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { quantile } from '../lib/statistics.mjs';
import { copyTokens, createTenant, revokeRequest, verifyRequest } from '../lib/tenants.mjs';

const spread = (values) => ({
  count: values.length,
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: Math.max(...values),
});

async function verify(verifier, tenant, token) {
  const { method, path, headers, body } = verifyRequest(tenant, token);
  return verifier.client.request(method, path, { headers, body });
}

/**
 * Puts the token into every verifier's memory, revokes it at one, and asks all others the moment the answer
 * is there. @returns how long the answer took, until the last refusal was in hand, and who still said active
 */
async function revokeOnce(verifiers, tenant, token, at) {
  for (const verifier of verifiers) {
    const { body, text } = await verify(verifier, tenant, token);
    if (body?.active !== true) throw new Error(`not active before its revocation: ${text}`);
  }
  const revoke = revokeRequest(tenant, token);
  const started = performance.now();
  const { status, text } = await at.client.request(revoke.method, revoke.path, revoke);
  const answered = performance.now();
  if (status !== 201) throw new Error(`revoke: ${status} ${text}`);
  const verdicts = await Promise.all(verifiers.map((verifier) => verify(verifier, tenant, token)));
  const refused = performance.now();
  // 503 is a refusal, too: R5. Anything else but "revoked" is a fault.
  const violations = verdicts.filter(
    (verdict) => verdict.status !== 503 && verdict.body?.reason !== 'revoked',
  ).length;
  return { answerMs: answered - started, refusedMs: refused - started, violations };
}

/**
 * One verifier with all `tokens` in its memory is frozen; they are revoked one after the other at the healthy
 * ones; then it thaws and is asked at once. The first revocation waits out its lease.
 */
async function measureFrozen(verifiers, tenant, tokens, say) {
  const frozen = verifiers.at(-1);
  const healthy = verifiers.slice(0, -1);
  for (const token of tokens) await verify(frozen, tenant, token);
  const processes = processTree(frozen.pid);
  for (const pid of processes) process.kill(pid, 'SIGSTOP');
  const all = [];
  try {
    for (const token of tokens) all.push(await revokeOnce(healthy, tenant, token, healthy[0]));
  } finally {
    for (const pid of processes) process.kill(pid, 'SIGCONT');
  }
  const verdicts = await Promise.all(tokens.map((token) => verify(frozen, tenant, token)));
  const thawedViolations = verdicts.filter((verdict) => verdict.body?.active === true).length;
  const row = (name, list, violations) => ({
    name,
    answer: spread(list.map(({ answerMs }) => answerMs)),
    refused: spread(list.map(({ refusedMs }) => refusedMs)),
    violations: violations + list.reduce((sum, each) => sum + each.violations, 0),
  });
  say(
    `one verifier frozen: first answer after ${Math.round(all[0].answerMs)} ms, ${thawedViolations} violations after the thaw`,
  );
  return [
    row('5 verifiers, one frozen (SIGSTOP): first revocation', all.slice(0, 1), 0),
    row('5 verifiers, one frozen: the following, and all after the thaw', all.slice(1), thawedViolations),
  ];
}

/**
 * From the revoke call to its answer, and to the refusal by every verifier process on the same database.
 * A verdict "active" that was asked for after the revocation's answer is a violation (R1).
 */
export async function measureRevocationLatency(
  { env, directory, mint, database, say },
  { verifierCounts, revocations, warmUpRevocations, frozenRevocations },
) {
  const url = await database.create('revocation');
  const settings = { ...env, ...database.settingsFor(url) };
  const verifiers = [await startRescind({ env: settings, directory })];
  const tenant = await createTenant(verifiers[0].api, 'Revoked Ltd');
  const session = await database.connect(url);
  const rows = [];
  const measure = async (name, asked, count) => {
    const tokens = await copyTokens(session, mint, tenant, warmUpRevocations + count);
    const all = [];
    for (const [index, token] of tokens.entries())
      all.push(await revokeOnce(asked, tenant, token, asked[index % asked.length]));
    // The first are checked and not timed: the verifiers have only just been started.
    const timed = all.slice(warmUpRevocations);
    const row = {
      name,
      answer: spread(timed.map(({ answerMs }) => answerMs)),
      refused: spread(timed.map(({ refusedMs }) => refusedMs)),
      violations: all.reduce((sum, { violations }) => sum + violations, 0),
    };
    say(`${name}: answered in ${row.answer.p50.toFixed(1)} ms (p50), ${row.violations} violations`);
    rows.push(row);
  };

  for (const count of verifierCounts) {
    while (verifiers.length < count) verifiers.push(await startRescind({ env: settings, directory }));
    await measure(`${count} verifier${count > 1 ? 's' : ''}`, verifiers, revocations);
  }
  while (verifiers.length > 5) await verifiers.pop().stop();
  if (verifiers.length === 5) {
    await measure('5 verifiers, all healthy', verifiers, revocations);
    rows.push(
      ...(await measureFrozen(
        verifiers,
        tenant,
        await copyTokens(session, mint, tenant, frozenRevocations),
        say,
      )),
    );
  }
  await session.end();
  for (const verifier of verifiers) await verifier.stop();
  return rows;
}
