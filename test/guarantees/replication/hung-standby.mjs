import { until } from './two-servers.mjs';

const LEASE_MS = 2000;
/** What a COMMIT may take before it is given up (docs/operations.md), and room for a loaded machine. */
const COMMIT_MS_MAX = 5000 + 10_000;
const FROZEN_MS = 16_000;

/**
 * The standby freezes with its connections open. Whoever revokes is told 503 within seconds, verifiers stop answering
 * when their leases have ended, and the call that succeeds after the thaw has the facts of the first.
 * @returns what was wrong
 */
export async function hungStandby(servers, startAuthority) {
  const wrong = [];
  const demand = (holds, what) => void (holds || wrong.push(what));
  const here = await startAuthority('primary', { RESCIND_LEASE_MS: String(LEASE_MS) });
  const there = await startAuthority('primary', { RESCIND_LEASE_MS: String(LEASE_MS) });
  const { id, tokens } = await here.business(2);
  const [token, other] = tokens;
  for (const each of [here, there])
    for (const known of tokens)
      await until('active', async () => (await each.verdict(id, known)) === 'active');

  servers.signal('standby', 'SIGSTOP');
  const frozenAtMs = performance.now();
  const first = await here.revoke(id, token, 'first');
  demand(first.status === 503, `a commit nobody confirmed was answered ${first.status}`);
  demand(first.tookMs > LEASE_MS / 2, `the commit was not waited for: ${Math.round(first.tookMs)} ms`);
  demand(first.tookMs < COMMIT_MS_MAX, `the answer took ${Math.round(first.tookMs)} ms`);
  demand(/^\d+$/.test(first.headers.get('retry-after')), 'the answer did not say when to come back');
  while (performance.now() - frozenAtMs < FROZEN_MS) {
    for (const each of [here, there]) {
      const askedAtMs = performance.now();
      const verdict = await each.verdict(id, token);
      if (askedAtMs - frozenAtMs > LEASE_MS)
        demand(verdict === '503', `without a lease the verdict was ${verdict}`);
      demand(performance.now() - askedAtMs < COMMIT_MS_MAX, 'a verdict took too long');
    }
    const again = await there.revoke(id, other, 'not confirmed');
    demand(again.status === 503 && again.tookMs < COMMIT_MS_MAX, `${again.status} in ${again.tookMs} ms`);
  }
  const [{ sessions }] = await servers.sql(
    'primary',
    `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE application_name = 'rescind-verifier'`,
  );
  demand(sessions <= 4, `${sessions} sessions of two verifiers are left waiting`);

  servers.signal('standby', 'SIGCONT');
  const thawedAtMs = performance.now();
  const confirmed = await until('the revocation', async () => {
    const answer = await there.revoke(id, token, 'second');
    return answer.status === 201 && answer;
  });
  const recoveredMs = performance.now() - thawedAtMs;
  for (const each of [here, there]) {
    const verdict = await each.verdict(id, token);
    demand(['revoked', '503'].includes(verdict), `after the confirmation the verdict was ${verdict}`);
    await until('a refusal', async () => (await each.verdict(id, token)) === 'revoked');
  }
  const facts = confirmed.body.data;
  demand(facts.revocation_reason === 'first', `the reason became ${facts.revocation_reason}`);
  const rows = await servers.sql(
    'primary',
    `SELECT t.revoked_at FROM tokens t JOIN audit_events e ON e.target_id = t.id::text AND e.action = 'token.revoked' WHERE t.id = $1`,
    [token.id],
  );
  demand(rows.length === 1, `${rows.length} events tell of one revocation`);
  demand(
    rows[0]?.revoked_at.getTime() === new Date(facts.revoked_at).getTime(),
    'the time is not that of the first call',
  );
  for (const each of [here, there]) await each.kill();
  console.log(
    `the standby frozen for ${FROZEN_MS / 1000} s: refused after ${Math.round(first.tookMs)} ms, confirmed ${Math.round(recoveredMs)} ms after the thaw`,
  );
  return wrong;
}
