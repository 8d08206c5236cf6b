// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** For how long a call that was not answered may still be carried out: as long as the process that has it is held up. */
const UNANSWERED_MS = 60_000;
const RETRY_MS = 100;
const EVERYWHERE = [{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }];
const ELSEWHERE = [{ ipAddress: '10.0.0.0/8' }];

/** What refuses tokens for a time, and comes and goes (CONDITIONS in history-checker.mjs). */

export function suspend(clients) {
  const tenant = clients.random.pick(clients.tenants);
  const call = (verb) =>
    clients.calls.call('POST', `/api/v1/admin/businesses/${tenant.id}/${verb}`, { body: {} });
  return forAWhile(clients, tenant.suspension, {
    condition: 'suspended',
    subject: tenant.id,
    token: clients.tokens.find(({ business }) => business === tenant.id),
    begin: () => call('suspend'),
    end: () => call('resume'),
  });
}

export function demote(clients) {
  const owner = ownerOfKind(clients, 'administrator');
  const call = (role) =>
    clients.calls.call('PATCH', `/api/v1/members/${owner.id}`, { business: owner.tenant.id, body: { role } });
  return forAWhile(clients, owner?.condition, {
    condition: 'demoted',
    subject: owner?.id,
    token: tokenOf(clients, owner, 'scoped'),
    begin: () => call('auditor'),
    end: () => call('admin'),
  });
}

export function bind(clients) {
  const owner = ownerOfKind(clients, 'token-auth');
  const call = (accessTokenTrustedIps) =>
    clients.calls.call('PATCH', `/api/v1/auth/token-auth/identities/${owner.id}`, {
      business: owner.tenant.id,
      body: { accessTokenTrustedIps },
    });
  return forAWhile(clients, owner?.condition, {
    condition: 'bound',
    subject: owner?.id,
    token: tokenOf(clients, owner, 'addressed'),
    begin: () => call(ELSEWHERE),
    end: () => call(EVERYWHERE),
  });
}

/** Begins it, lets it hold for up to a lease, and ends it, if need be again and again until that is known to be done. */
async function forAWhile(clients, slot, { condition, subject, token, begin, end }) {
  if (slot === undefined || performance.now() < slot.freeFromMs) return false;
  slot.freeFromMs = Infinity;
  const attempt = (kind, perform) =>
    clients.recorded({ kind, condition, subject }, kind === 'begin' ? token : undefined, () =>
      perform().catch(() => false),
    );
  const begun = await attempt('begin', begin);
  await sleep(clients.random.between(0, clients.leaseMs));
  let clean = begun.ok;
  for (let ended; !(ended = await attempt('end', end)).ok; clean = false) {
    // Whom it was about is gone.
    if (ended.status === 404) return begun.ok;
    await sleep(RETRY_MS);
  }
  slot.freeFromMs = performance.now() + (clean ? 0 : UNANSWERED_MS);
  return begun.ok;
}

function ownerOfKind({ random, tenants }, kind) {
  const owners = tenants.flatMap((tenant) => tenant.owners.filter((owner) => owner.kind === kind));
  return owners.length === 0 ? undefined : random.pick(owners);
}

/** A token of theirs, to be asked about in that way. */
function tokenOf(clients, owner, way) {
  const token = owner && clients.tokens.find((each) => each.owner === owner.id);
  return token && { ...token, ways: [way] };
}
