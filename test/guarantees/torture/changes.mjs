// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { issueTo, ownerIn } from './owners.mjs';

/** What happens to tokens one by one. Each resolves to something true when it was done. */

const ONE_USE_ASKED_ON_EACH = 3;

/** @returns the token, or null */
export async function issue(clients) {
  const { history, random, tokens } = clients;
  const tenant = random.pick(clients.tenants);
  const owner = await ownerIn(clients, tenant);
  if (owner === null) return null;
  const startMs = performance.now();
  const issued = await issueTo(clients, owner);
  if (issued === null) return null;
  history.addChange({ kind: 'issue', ok: true, startMs, endMs: performance.now() });
  return tokens.admit({
    ...issued,
    owner: owner.id,
    business: tenant.id,
    ways: owner.ways,
    askedMs: startMs,
  });
}

export function revoke(clients) {
  const token = clients.tokens.take();
  return token === undefined ? issue(clients) : revokeToken(clients, token);
}

/**
 * @param {any} clients
 * @param {any} token
 * @param {{secret?: string}} [as] in whose name; the platform's
 * @param {boolean} askAll whether everybody is asked as soon as it is answered
 */
export async function revokeToken(clients, { number, id, business, ...rest }, as = {}, askAll = true) {
  const path = business === null ? `/api/v1/admin/tokens/${id}/revoke` : `/api/v1/tokens/${id}/revoke`;
  const token = business === null || !askAll ? undefined : { number, id, business, ...rest };
  return clients.recorded({ kind: 'revoke', token: number }, token, () =>
    clients.calls.call('POST', path, { business, body: { reason: 'torture' }, ...as }),
  );
}

/**
 * A token that is being asked about everywhere for the first time while it is revoked, at some moment of that. What a
 * verifier may have kept by mistake lies there until somebody happens to ask: a question that comes at once would replace it.
 */
export async function race(clients) {
  const token = await issue(clients);
  if (token === null) return false;
  clients.tokens.withdraw(token);
  void sleep(clients.random.between(0, clients.revocationMs)).then(() => clients.asker.askAll(token));
  const asksAtOnce = clients.random.next() < 0.3;
  const { ok } = await revokeToken(clients, token, {}, asksAtOnce);
  if (!asksAtOnce) await sleep(clients.random.between(0, 0.8) * clients.leaseMs);
  clients.tokens.retire(token);
  return ok;
}

export async function rotate(clients) {
  const token = clients.tokens.take();
  if (token === undefined) return issue(clients);
  const graceMs = clients.random.pick([0, 0, 1000, 2000]);
  const change = { kind: 'rotate', token: token.number, graceMs };
  const { business, owner, ways, number: replaces } = token;
  /** @type {any} */
  let answer;
  const { ok, startMs } = await clients.recorded(change, token, async () => {
    const body = { grace_seconds: graceMs / 1000 };
    answer = await clients.calls.call('POST', `/api/v1/tokens/${token.id}/rotate`, { business, body });
    return answer;
  });
  if (!ok) return false;
  const { token: secret, token_info } = answer.body;
  clients.tokens.admit({ id: token_info.id, secret, owner, business, ways, replaces, askedMs: startMs });
  return true;
}

/** A repeated call waits anew, and its receipt is of now. */
export async function revokeAgain(clients) {
  const token = clients.tokens.anyEnded();
  return token !== undefined && (await revokeToken(clients, token)).ok;
}

/**
 * Two who want the same token ended, which client verifiers remember and go on asking about: whoever comes second finds it done,
 * while the first still waits for those that have not forgotten it.
 */
export async function revokeTwice(clients) {
  const { children, leaseMs, random, tokens } = clients;
  const token = await issue(clients);
  if (token === null) return false;
  tokens.withdraw(token);
  for (const child of children) child.watch([token], true);
  await sleep(random.between(0.1, 0.4) * leaseMs);
  const second = sleep(random.between(0, 0.1) * leaseMs).then(() => revokeToken(clients, token));
  const both = await Promise.all([revokeToken(clients, token), second]);
  tokens.retire(token);
  return both.some(({ ok }) => ok);
}

/** The signed receipt says what the revocation itself waited for. */
export async function fetchReceipt(clients) {
  const token = clients.tokens.anyEnded();
  if (token === undefined) return false;
  const record = { kind: 'receipt', startMs: performance.now(), endMs: Infinity };
  const { business } = token;
  const { status, body, verifier } = await clients.calls.call('GET', `/api/v1/tokens/${token.id}/receipt`, {
    business,
  });
  if (status !== 200) return false;
  const claims = JSON.parse(Buffer.from(body.split('.')[1], 'base64url').toString());
  clients.history.addChange({ ...record, verifier, receipt: claims.barrier, endMs: performance.now() });
  return true;
}

export async function revokeAsOperator(clients) {
  const token = clients.tokens.take();
  if (token === undefined) return issue(clients);
  const { ok } = await clients.recorded({ kind: 'operator-revoke', token: token.number }, token, () =>
    clients.cluster
      .sql('UPDATE tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL', [token.id])
      .then(() => ({ status: 200 }))
      .catch(() => false),
  );
  return ok;
}

/** A token that is good for one use, wanted by all at once. */
export async function useUp(clients) {
  const { asker, random, tokens } = clients;
  const tenant = random.pick(clients.tenants);
  const issued = await issueTo(clients, tenant.oneUse);
  if (issued === null) return false;
  const owner = tenant.oneUse.id;
  const token = tokens.admit({ ...issued, owner, business: tenant.id, ways: ['verify'], usesMax: 1 }, false);
  const asked = Array.from({ length: ONE_USE_ASKED_ON_EACH }, () => asker.askAll(token));
  if (random.next() < 0.3) await revokeToken(clients, token);
  await Promise.all(asked);
  return true;
}
