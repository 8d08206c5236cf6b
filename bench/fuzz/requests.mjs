// @ts-check
import {
  CONTENT_TYPES, HOSTILE_BODIES, HOSTILE_BUSINESSES, HOSTILE_CREDENTIALS, HOSTILE_QUERIES, HOSTILE_SEGMENTS, HOSTILE_TEXTS,
} from './hostile.mjs'; // prettier-ignore
import { allowedValue, hostileValue, nearlyValid, validValue } from './values.mjs';

/** Here whoever holds a secret may end it: the victim's secrets are kept out. */
const POSSESSION = /^\/oauth\/revoke|^\/api\/agent\/|^\/api\/v1\/auth\/token\//;

const MODES = ['valid', 'valid', 'valid', 'near', 'near', 'hostile'];

/** What Node lets into a header: Latin-1 without control characters. */
const headerText = (text) =>
  [...text].filter((character) => /[\t\x20-\x7e\x80-\xff]/.test(character)).join('');

/**
 * One request of `operation`, made from its description.
 * `world` is whom there is to be and what there is to name; `rng` decides everything. The result is `offRoute` when a path
 * segment is hostile, and `allowed` when every part of it is as the description has it: then no shape is left to refuse.
 */
export function makeRequest(operation, world, rng) {
  const mode = rng.pick(MODES);
  const actor = rng.pick(actorsFor(operation, world, rng));
  // The platform may do anything anywhere: it only ever hears of the attacker's things, so that what it may do is not mistaken for a leak.
  const known = actor.platform
    ? world.ownOnly
    : POSSESSION.test(operation.path)
      ? { ...world, secrets: world.ownOnly.secrets }
      : world;
  const context = { rng, world: known, resolve: operation.resolve };
  const { path, offRoute, isPathAllowed } = pathOf(operation, mode, context);
  const { query, isQueryAllowed } = queryOf(operation, mode, context);
  const headers = headersOf(operation, actor, mode, context);
  settleSharedAddress(operation, headers, context);
  const { body, isBodyAllowed } = bodyOf(operation, mode, context, headers);
  return {
    method: operation.method,
    path: query === '' ? path : `${path}?${query}`,
    headers,
    body,
    actor,
    mode,
    offRoute,
    allowed:
      mode === 'valid' && isPathAllowed && isQueryAllowed && isBodyAllowed && hasHeaders(operation, headers),
  };
}

/** Whether every header field is there that the operation or its security wants, and each is as described. */
function hasHeaders({ parameters, keyHeaders }, headers) {
  return (
    keyHeaders.every((name) => name in headers) &&
    parameters
      .filter(({ in: place }) => place === 'header')
      .every(({ name, required, allows }) => {
        const value = headers[name.toLowerCase()];
        return value === undefined ? !required : allows(value);
      })
  );
}

/** Of two operations at one address the header tells which is meant: of the native API the one that has it. */
function settleSharedAddress({ path }, headers, { rng, world }) {
  if (path === '/api/v1/identities/{identityId}') delete headers['x-business-id'];
  else if (path === '/api/v1/identities' || path === '/api/v1/identities/{identity_id}')
    headers['x-business-id'] ??= rng.pick(world.ids.business);
}

/** Mostly those who may: refusals alone would test no more than the guards. */
function actorsFor({ path }, { actors, managers }, rng) {
  if (rng.chance(0.3)) return actors;
  const platform = managers.filter((actor) => actor.platform);
  return path.startsWith('/api/v1/admin/') && platform.length > 0 ? platform : managers;
}

function pathOf({ path, parameters, resolve }, mode, { rng, world }) {
  let offRoute = false;
  let isPathAllowed = true;
  const filled = path.replace(/\{(\w+)\}|:(\w+)/g, (_, braced, colon) => {
    const name = braced ?? colon;
    if (mode === 'hostile' && rng.chance(0.6)) {
      offRoute = true;
      return rng.chance(0.5)
        ? rng.pick(HOSTILE_SEGMENTS)
        : encodeURIComponent(rng.pick(HOSTILE_TEXTS).toWellFormed());
    }
    const parameter = parameters.find((each) => each.in === 'path' && each.name === name);
    const kind = rng.chance(0.85) ? kindOf(path, name) : rng.pick(Object.keys(world.ids));
    const value = kind
      ? rng.pick(world.ids[kind])
      : validValue(parameter?.schema ?? {}, { rng, world, resolve, name });
    isPathAllowed &&= parameter?.allows(value) ?? false;
    return encodeURIComponent(value);
  });
  return { path: filled, offRoute, isPathAllowed };
}

/** What a path parameter names: told by its own name, or by the collection before it. */
function kindOf(path, name) {
  const before = path.slice(0, path.search(new RegExp(`[{:]${name}`)));
  /** @type {[string, RegExp][]} */
  const hints = [['token', /token/i], ['member', /member|user/i], ['identity', /identit/i], ['event', /event/i], ['business', /business|organi/i]]; // prettier-ignore
  const segment = before.split('/').filter(Boolean).at(-1) ?? '';
  return (hints.find(([, hint]) => hint.test(name)) ?? hints.find(([, hint]) => hint.test(segment)))?.[0];
}

function queryOf({ parameters, resolve }, mode, { rng, world }) {
  if (mode === 'hostile' && rng.chance(0.4))
    return { query: rng.pick(HOSTILE_QUERIES), isQueryAllowed: false };
  const parts = [];
  let isQueryAllowed = true;
  for (const { name, in: place, schema = {}, required, allows } of parameters) {
    if (place !== 'query' || (!required && rng.chance(0.6))) continue;
    const context = { rng, world, resolve, name };
    let value = mode === 'valid' ? allowedValue(schema, allows, context) : validValue(schema, context);
    if (value === undefined) isQueryAllowed &&= !required;
    if (value === undefined) continue;
    if (mode !== 'valid' && rng.chance(0.5)) value = nearlyValid(value, schema, { rng, resolve });
    // A list as the default of OpenAPI has it: its name once for each value.
    for (const each of mode === 'valid' && Array.isArray(value) ? value : [value]) {
      const text = typeof each === 'object' ? JSON.stringify(each) : String(each);
      parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(text.toWellFormed())}`);
    }
  }
  return { query: parts.join('&').slice(0, 6000), isQueryAllowed };
}

function headersOf({ parameters, keyHeaders, resolve }, actor, mode, { rng, world }) {
  const headers = {};
  if (mode === 'hostile' && rng.chance(0.2))
    headers.authorization = headerText(rng.pick(HOSTILE_CREDENTIALS));
  else if (actor.secret) headers.authorization = `Bearer ${actor.secret}`;
  const names = parameters
    .filter(({ in: place }) => place === 'header')
    .map(({ name }) => name.toLowerCase())
    .concat(keyHeaders);
  const wantsBusiness = names.includes('x-business-id') || rng.chance(0.3);
  if (wantsBusiness && !rng.chance(0.05)) {
    const hostile = mode === 'hostile' && rng.chance(0.3);
    const foreign = rng.chance(0.15);
    const business = foreign
      ? rng.pick(world.ids.business)
      : (actor.business ?? rng.pick(world.ids.business));
    headers['x-business-id'] = hostile ? headerText(rng.pick(HOSTILE_BUSINESSES)) : business;
  }
  if (names.includes('x-on-behalf-of') && rng.chance(0.5))
    headers['x-on-behalf-of'] = rng.pick(world.ids.business);
  for (const { name, in: place, schema = {}, required } of parameters)
    if (place === 'header' && !name.startsWith('x-') && (required || rng.chance(0.3)))
      headers[name.toLowerCase()] = headerText(String(validValue(schema, { rng, world, resolve, name })));
  if (mode === 'hostile' && rng.chance(0.1)) {
    headers['x-forwarded-for'] = headerText(rng.pick(HOSTILE_TEXTS)).slice(0, 500);
    headers['x-request-id'] = headerText(rng.pick(HOSTILE_TEXTS)).slice(0, 500);
    headers['user-agent'] = headerText(rng.pick(HOSTILE_TEXTS)).slice(0, 2000);
  }
  return headers;
}

function bodyOf({ body, method }, mode, context, headers) {
  const { rng } = context;
  if (!body) {
    const isBare = method === 'GET' || rng.chance(0.7);
    return {
      body: isBare ? undefined : typed(headers, 'application/json', rng.pick(['{}', 'null', '[]'])),
      isBodyAllowed: isBare,
    };
  }
  const type = mode === 'hostile' && rng.chance(0.1) ? rng.pick(CONTENT_TYPES) : body.type;
  if (mode === 'hostile' && rng.chance(0.3))
    return { body: typed(headers, type, rng.pick(HOSTILE_BODIES)), isBodyAllowed: false };
  const schema = body.schema ?? {};
  const allowed = mode === 'valid' ? allowedValue(schema, body.allows, context) : undefined;
  let value = allowed ?? validValue(schema, context);
  if (mode === 'near') value = nearlyValid(value, schema, context);
  if (mode === 'hostile') value = hostileValue(value, rng);
  return {
    body: typed(
      headers,
      type,
      body.type.includes('urlencoded') ? formOf(value) : (JSON.stringify(value) ?? ''),
    ),
    isBodyAllowed: allowed !== undefined,
  };
}

function formOf(value) {
  if (value === null || typeof value !== 'object') return String(value);
  const text = (item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)).toWellFormed();
  return Object.entries(value).map(([key, item]) => `${encodeURIComponent(key)}=${encodeURIComponent(text(item))}`).join('&'); // prettier-ignore
}

function typed(headers, type, body) {
  headers['content-type'] = type;
  headers['content-length'] = String(Buffer.byteLength(body));
  return body;
}
