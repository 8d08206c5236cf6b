// @ts-check
import { randomUUID } from 'node:crypto';

const ROLES = ['owner', 'admin', 'developer', 'auditor'];

/** Answers by the platform while the scene is set: anything but success is the set-up's fault, not a finding. */
async function make(platform, path, body, business) {
  const answer = await platform.post(path, body, business ? { 'x-business-id': business } : {});
  if (answer.status !== 201)
    throw new Error(`set-up: POST ${path} answered ${answer.status} ${answer.text.slice(0, 400)}`);
  return answer.body;
}

/** A business with a person of each role, an identity, and tokens of all of them. */
async function createBusiness(platform, marker) {
  const business = await make(platform, '/api/v1/admin/businesses', { name: `${marker} Ltd` });
  const people = [];
  for (const role of ROLES) {
    const email = `${role}.${marker}@example.com`.toLowerCase();
    const member = await make(
      platform,
      '/api/v1/members',
      { email, name: `${marker} ${role}`, role },
      business.id,
    );
    const issued = await make(
      platform,
      '/api/v1/tokens',
      { name: `${marker} ${role} token`, owner_email: email },
      business.id,
    );
    people.push({
      role,
      email,
      member: member.id,
      token: issued.token_info.id,
      jti: issued.token_info.jti,
      secret: issued.token,
    });
  }
  const identity = await make(platform, '/api/v1/identities', { name: `${marker} job` }, business.id);
  const bystanders = [];
  for (const role of ['admin', 'developer']) {
    const person = {
      email: `${role}2.${marker}@example.com`.toLowerCase(),
      name: `${marker} ${role} 2`,
      role,
    };
    bystanders.push((await make(platform, '/api/v1/members', person, business.id)).id);
  }
  const owned = [];
  for (let count = 0; count < 6; count++) {
    const owner = count % 2 === 0 ? { identity_id: identity.id } : { owner_email: people[2].email };
    const request = { name: `${marker} spare ${count}`, scopes: ['jobs:read'], ...owner };
    const issued = await make(platform, '/api/v1/tokens', request, business.id);
    owned.push({ token: issued.token_info.id, jti: issued.token_info.jti, secret: issued.token });
  }
  // What a colleague must not get hold of, and a token that belongs to nobody.
  const ofOwner = [];
  for (let count = 0; count < 2; count++) {
    const request = { name: `${marker} of the owner ${count}`, owner_email: people[0].email };
    const issued = await make(platform, '/api/v1/tokens', request, business.id);
    ofOwner.push({ token: issued.token_info.id, jti: issued.token_info.jti, secret: issued.token });
  }
  const narrow = ['jobs:read', 'rescind:tokens:read', 'rescind:tokens:write'];
  const nobodys = await make(
    platform,
    '/api/v1/tokens',
    { name: `${marker} nobody's`, scopes: narrow },
    business.id,
  );
  const ownerless = { token: nobodys.token_info.id, jti: nobodys.token_info.jti, secret: nobodys.token };
  const events = await platform.get('/api/v1/audit/events?limit=5', { 'x-business-id': business.id });
  const eventIds = (events.body?.items ?? []).map(({ id }) => id);
  return {
    id: business.id,
    marker,
    people,
    bystanders,
    identity: identity.id,
    owned,
    ofOwner,
    ownerless,
    events: eventIds,
  };
}

const tokensOf = ({ people, owned, ofOwner, ownerless }) => [...people, ...owned, ...ofOwner, ownerless];
const secretsOf = (business) => tokensOf(business).map(({ secret }) => secret);
/** Everything of a business that a request can name. */
const idsOf = (business) => ({
  token: tokensOf(business).map(({ token }) => token),
  member: [...business.people.map(({ member }) => member), ...business.bystanders],
  identity: [business.identity],
  business: [business.id],
  event: business.events,
});

/** Whom the attacker must neither read nor change. */
export async function createVictim(platform) {
  const business = await createBusiness(platform, `Zvictim${randomUUID().slice(0, 8)}`);
  const ids = idsOf(business);
  const names = [
    ...business.people.map(({ email }) => email),
    ...tokensOf(business).map(({ jti }) => jti),
    business.marker,
  ];
  return {
    id: business.id,
    ids,
    emails: business.people.map(({ email }) => email),
    secrets: secretsOf(business),
    names,
  };
}

/** The same without what its actors live by: a campaign that ends them early tests nothing but 401. */
const expendableIdsOf = (business) => ({
  ...idsOf(business),
  token: [...business.owned, ...business.ofOwner].map(({ token }) => token),
  member: business.bystanders,
});

/** Mixes own, foreign and non-existing ids, so that each kind is met. */
function mixed(own, foreign) {
  return Object.fromEntries(
    Object.keys(own).map((kind) => [
      kind,
      [...own[kind], ...own[kind], ...(foreign?.[kind] ?? []), randomUUID()],
    ]),
  );
}

/**
 * A fresh attacking business: what a campaign does to it does not wear out the next one.
 */
export async function createAttacker(platform, victim, number) {
  const business = await createBusiness(platform, `Attacker${number}x${randomUUID().slice(0, 8)}`);
  const own = expendableIdsOf(business);
  const [spare, spent, ...rest] = business.owned;
  await make(platform, `/api/v1/tokens/${spent.token}/revoke`, {}, business.id);
  const platformToken = await platform.post('/api/v1/admin/tokens', { name: `campaign ${number}` });
  /** @type {{ name: string, secret: string | null, business: string, platform?: boolean }[]} */
  const actors = [
    { name: 'nobody', secret: null, business: business.id },
    ...business.people.map(({ role, secret }) => ({ name: role, secret, business: business.id })),
    { name: 'identity without management scopes', secret: spare.secret, business: business.id },
    { name: 'token without an owner', secret: business.ownerless.secret, business: business.id },
    { name: 'revoked token', secret: spent.secret, business: business.id },
  ];
  if (platformToken.status === 201)
    actors.push({
      name: 'platform',
      platform: true,
      secret: platformToken.body.token,
      business: business.id,
    });
  const managers = actors.filter(
    ({ name, platform: isPlatform }) =>
      isPlatform || ROLES.includes(name) || name === 'token without an owner',
  );
  const secrets = [...rest, ...business.people.slice(2)].map(({ secret }) => secret);
  const emails = business.people.map(({ email }) => email);
  const now = Date.now();
  const ownOnly = { ids: mixed(own), emails, secrets, now };
  return {
    id: business.id,
    actors,
    managers,
    now,
    insiders: [
      ...business.people.map(({ role, member, token }) => ({ name: role, member, token })),
      { name: 'identity without management scopes', member: null, token: spare.token },
      { name: 'token without an owner', member: null, token: business.ownerless.token },
    ],
    ofOwner: business.ofOwner.flatMap(({ token, jti }) => [token, jti]),
    told: new Set(),
    ids: mixed(own, victim.ids),
    emails: [...emails, ...victim.emails],
    secrets: [...secrets, ...victim.secrets.slice(0, 2)],
    allSecrets: [...secretsOf(business), ...actors.map(({ secret }) => secret).filter(Boolean)],
    ownOnly,
  };
}
