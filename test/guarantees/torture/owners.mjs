// @ts-check
/** Tokens at once that are more than one reading of the feed takes (ENTRIES_PER_ROUND_MAX in src/verifiers). */
const THOUSANDS = 5200;
const OWNERS_MAX = 6;
/** What only owners and administrators may do. */
export const ADMINISTRATORS_SCOPE = 'rescind:members:write';
const TOKEN_AUTH = '/api/v1/auth/token-auth/identities';

const ORDINARY_WAYS = ['verify', 'verify', 'verify', 'verify', 'introspect', 'gateway'];

/**
 * The owners that are made, and the ways in which their tokens are asked about: administrators, whose scope goes with
 * their role, and identities with Token Auth, whose tokens may be bound to addresses.
 */
const KINDS = {
  member: { weight: 4, make: makeMember, terms: { role: 'developer' }, ways: ORDINARY_WAYS },
  identity: { weight: 4, make: makeIdentity, terms: { role: 'developer' }, ways: ORDINARY_WAYS },
  administrator: {
    weight: 2,
    make: makeMember,
    terms: { role: 'admin' },
    ways: ['verify', 'scoped', 'scoped'],
    scopes: [ADMINISTRATORS_SCOPE],
  },
  'token-auth': { weight: 2, make: makeTokenAuthIdentity, terms: {}, ways: ['addressed'] },
};

/**
 * @typedef {{id: string, kind: string, tenant: any, path: string, ways: string[], naming: object, condition: {freeFromMs: number}}} Owner
 * `condition`: from when on something may be made of it that comes and goes (conditions.mjs).
 */

/** An owner of the tenant that lives; now and then a new one. @returns {Promise<Owner | null>} null: there was none to be had */
export async function ownerIn(clients, tenant) {
  const { random } = clients;
  const { owners } = tenant;
  if (owners.length >= OWNERS_MAX || (owners.length > 1 && random.next() < 0.95)) return random.pick(owners);
  const kind = random.weighted(
    Object.fromEntries(Object.entries(KINDS).map(([name, { weight }]) => [name, weight])),
  );
  const owner = await makeOwner(clients, tenant, kind);
  if (owner !== null) owners.push(owner);
  return owner;
}

/**
 * @param {object} [terms] a role, or the terms of Token Auth
 * @returns {Promise<Owner | null>}
 */
export async function makeOwner(clients, tenant, kind, terms = {}) {
  const name = `${kind}-${clients.random.whole(1e9)}-${tenant.made++}`;
  const made = await KINDS[kind].make(clients, tenant, name, { ...KINDS[kind].terms, ...terms });
  return made && { kind, tenant, ways: KINDS[kind].ways, condition: { freeFromMs: 0 }, ...made };
}

/** Issues a token to `owner`. @returns its id and secret, or null */
export async function issueTo({ calls }, { id, kind, tenant, naming }, more = {}) {
  const business = tenant.id;
  if (kind === 'token-auth') {
    const { status, body } = await calls.call('POST', `${TOKEN_AUTH}/${id}/tokens`, { business, body: {} });
    return status === 200 ? { id: body.tokenData.id, secret: body.accessToken } : null;
  }
  // What is not named, a token may not: that of an administrator is asked about with a scope of theirs.
  const body = { name: 'torture', ...naming, scopes: KINDS[kind].scopes, ...more };
  const answer = await calls.call('POST', '/api/v1/tokens', { business, body });
  return answer.status === 201 ? { id: answer.body.token_info.id, secret: answer.body.token } : null;
}

/** Removes a member or disables an identity, and with it all its tokens. */
export async function endOwner(clients) {
  const { owners } = clients.random.pick(clients.tenants);
  if (owners.length < 3) return false;
  return end(clients, ...owners.splice(clients.random.whole(owners.length), 1));
}

/** The same of a member with more tokens than a verifier reads about at once. */
export async function endOwnerOfThousands(clients) {
  const owner = await makeOwnerOfThousands(clients);
  return owner !== null && end(clients, owner);
}

/** @returns {Promise<Owner | null>} */
async function makeOwnerOfThousands(clients) {
  const tenant = clients.random.pick(clients.tenants);
  const owner = await makeOwner(clients, tenant, 'member');
  const token = owner && (await issueTo(clients, owner));
  if (!token) return null;
  clients.tokens.admit({ ...token, owner: owner.id, business: tenant.id, ways: owner.ways });
  // Of another dialect: what is compared with the feed, one to one, are the native ones (reconciliation.mjs).
  const copies = `INSERT INTO tokens SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(),
      'jti', replace(gen_random_uuid()::text, '-', ''), 'dialect', 'opentrain'))).* FROM tokens t, generate_series(1, $2) WHERE id = $1`;
  const copied = await clients.cluster.sql(copies, [token.id, THOUSANDS]).catch(() => null);
  return copied && owner;
}

export async function end(clients, { id, path, tenant }) {
  const [token] = clients.tokens.takeAllOf(id);
  const [method, suffix] = path === 'members' ? ['DELETE', ''] : ['POST', '/disable'];
  const record = await clients.recorded({ kind: 'end-owner', owner: id }, token, () =>
    clients.calls.call(method, `/api/v1/${path}/${id}${suffix}`, { business: tenant.id, body: {} }),
  );
  return record.ok;
}

/** Cuts an owner off: what they have is refused, and what is issued to them from then on is good. */
export async function cutOffOwner(clients) {
  const { owners } = clients.random.pick(clients.tenants);
  return owners.length > 0 && cutOff(clients, clients.random.pick(owners));
}

/** The same of a member with more tokens than are marked at once: the marking goes on while others act. */
export async function cutOffOwnerOfThousands(clients) {
  const owner = await makeOwnerOfThousands(clients);
  return owner !== null && cutOff(clients, owner);
}

async function cutOff(clients, { id, path, tenant, naming }) {
  const [token] = clients.tokens.takeAllOf(id);
  const selector = path === 'members' ? { owner: naming.owner_email } : { identity: id };
  const record = await clients.recorded({ kind: 'cut-off', owner: id }, token, () =>
    clients.calls.call('POST', '/api/v1/revocations', {
      business: tenant.id,
      body: { selector, reason: 'torture' },
    }),
  );
  return record.ok;
}

async function makeMember({ calls }, { id: business }, name, { role }) {
  const email = `${name}@example.com`;
  const body = { email, name, role };
  const answer = await calls.call('POST', '/api/v1/members', { business, body });
  if (answer.status !== 201) return null;
  return { id: answer.body.id, path: 'members', naming: { owner_email: email } };
}

async function makeIdentity({ calls }, { id: business }, name, { role }) {
  const answer = await calls.call('POST', '/api/v1/identities', { business, body: { name, role } });
  if (answer.status !== 201) return null;
  return { id: answer.body.id, path: 'identities', naming: { identity_id: answer.body.id } };
}

async function makeTokenAuthIdentity(clients, tenant, name, terms) {
  const identity = await makeIdentity(clients, tenant, name, { role: 'developer' });
  if (identity === null) return null;
  const path = `${TOKEN_AUTH}/${identity.id}`;
  const { status } = await clients.calls.call('POST', path, { business: tenant.id, body: terms });
  return status === 200 ? identity : null;
}
