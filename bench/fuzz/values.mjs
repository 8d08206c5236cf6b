// @ts-check
import { HOSTILE_TEXTS, HOSTILE_VALUES } from './hostile.mjs';

const WORDS = ['nightly', 'deploy', 'report', 'Ünïcode', 'o’clock', 'a', 'CI job 7', 'x'.repeat(120)];
const SCOPES = [
  'jobs:read',
  'jobs:write',
  'rescind:tokens:read',
  'rescind:tokens:write',
  'rescind:tokens:verify',
  'rescind:audit:read',
];

/**
 * Names in the contract whose values mean something: only these reach past validation.
 * @type {[RegExp, (world: any, rng: any) => unknown][]}
 */
const MEANINGS = [
  [
    /email$/i,
    (world, rng) => (rng.chance(0.8) ? rng.pick(world.emails) : `new-${rng.below(1e6)}@example.com`),
  ],
  [/^(token|accessToken|access_token)$/, (world, rng) => rng.pick(world.secrets)],
  [/identity_?id$|app_id/i, (world, rng) => rng.pick(world.ids.identity)],
  [/member_?id$|user_id/i, (world, rng) => rng.pick(world.ids.member)],
  [/business_?id$|organization_?id$/i, (world, rng) => rng.pick(world.ids.business)],
  [/token_?id$/i, (world, rng) => rng.pick(world.ids.token)],
  [/^scope$/, (_, rng) => rng.pick(SCOPES)],
  [/^(id|.*_id|.*Id)$/, (world, rng) => rng.pick(rng.pick(Object.values(world.ids)))],
  [/^slug$/, (_, rng) => `slug-${rng.below(1e9).toString(36)}`],
  [/prefix$/, (_, rng) => rng.pick(['dz', 'acme', 'k8s'])],
  [/^role$/, (_, rng) => rng.pick(['owner', 'admin', 'developer', 'auditor'])],
  [/ip(Address)?s?$/i, (_, rng) => rng.pick(['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'])],
];

/** Texts of forms that patterns and formats ask for. */
const FORMS = [
  '127.0.0.1', '2001:db8::/32', '10.0.0.0/8', 'platform', 'all', '*', 'token.revoked', 'token.*,member.removed', '1', '25',
  '2026-02-28', '2026-02-28T12:30:00Z', '2026-02-28T12:30:00.125+02:00', 'https://example.com/a', 'jobs:read', 'acme', 'dz', 'p1',
  'name:value', 'Bearer', 'x',
]; // prettier-ignore

const TRIES = 40;

/** A value that `allows` is true of, or undefined when none was come upon. */
export function allowedValue(schema, allows, context) {
  for (let count = 0; count < TRIES; count++) {
    const value = validValue(schema, context);
    if (allows(value)) return value;
  }
  return undefined;
}

/** A value that the schema allows but for `not`, with ids, e-mails and secrets out of `world` where a name calls for them. */
export function validValue(schema, { rng, world, resolve, name = '', depth = 0 }) {
  const found = resolve(schema);
  const again = (next, nextName = name) =>
    validValue(next, { rng, world, resolve, name: nextName, depth: depth + 1 });
  if (found.nullable && rng.chance(0.15)) return null;
  if (found.enum) return rng.pick(found.enum);
  if (found.const !== undefined) return found.const;
  // The only way to what a `not` leaves.
  if (found.not && found.example !== undefined && rng.chance(0.5)) return found.example;
  const { oneOf, anyOf, ...rest } = found;
  const choice = (oneOf ?? anyOf) && rng.pick(oneOf ?? anyOf);
  if (choice && !found.properties) return again(choice);
  // Next to properties a choice says which of them belong together.
  if (choice)
    return again({
      ...rest,
      ...choice,
      required: [...(rest.required ?? []), ...(choice.required ?? [])],
      properties: Object.fromEntries(
        Object.entries({ ...rest.properties, ...choice.properties }).filter(
          ([key]) => !(choice.not?.anyOf ?? []).some(({ required }) => required.includes(key)),
        ),
      ),
    });
  if (found.allOf) return Object.assign({}, ...found.allOf.map((part) => again(part)));
  const type = Array.isArray(found.type)
    ? rng.pick(found.type)
    : (found.type ?? (found.properties ? 'object' : 'string'));
  if (type === 'null') return null;
  if (type === 'boolean') return rng.chance(0.5);
  if (type === 'integer' || type === 'number') return numberWithin(found, rng);
  if (type === 'array') {
    if (/scopes?$/i.test(name)) return Array.from({ length: 1 + rng.below(3) }, () => rng.pick(SCOPES));
    return Array.from({ length: (found.minItems ?? 0) + rng.below(3) }, () => again(found.items ?? {}));
  }
  if (type === 'object') return depth > 6 ? {} : validObject(found, rng, again);
  return textFor(found, { rng, world, name });
}

function validObject(schema, rng, again) {
  const required = new Set(schema.required ?? []);
  const all = Object.entries(schema.properties ?? {});
  const wanted = rng.pick([0, 0.2, 0.5]);
  let entries = all.filter(([key]) => required.has(key) || rng.chance(wanted));
  if (entries.length < (schema.minProperties ?? 0) || entries.length > (schema.maxProperties ?? Infinity))
    entries = [rng.pick(all)];
  return Object.fromEntries(entries.map(([key, property]) => [key, again(property, key)]));
}

function numberWithin({ minimum = 0, maximum = 1000, exclusiveMinimum, type }, rng) {
  const low = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : minimum;
  const value = rng.chance(0.2)
    ? rng.pick([low, maximum])
    : low + rng.below(Math.min(maximum - low, 1e6) + 1);
  return type === 'integer' ? Math.trunc(value) : value;
}

function textFor(schema, { rng, world, name }) {
  if (schema.pattern) {
    const pattern = new RegExp(schema.pattern);
    const meant = MEANINGS.find(([each]) => each.test(name))?.[1](world, rng);
    const fitting = [meant, schema.example, ...world.ids.token, ...FORMS].filter(
      (text) => typeof text === 'string' && pattern.test(text),
    );
    if (fitting.length > 0) return rng.pick(fitting);
  }
  const meaning = MEANINGS.find(([pattern]) => pattern.test(name));
  if (meaning) return meaning[1](world, rng);
  if (schema.format === 'uri') return `https://example.com/${rng.below(1e6)}`;
  if (schema.format === 'uuid') return rng.pick(rng.pick(Object.values(world.ids)));
  if (schema.format === 'date-time')
    return new Date(world.now + (rng.below(400) - 30) * 86_400_000).toISOString();
  if (schema.format === 'email') return rng.pick(world.emails);
  const text = `${rng.pick(WORDS)} ${rng.below(1e6)}`;
  return text.slice(0, schema.maxLength ?? text.length).padEnd(schema.minLength ?? 0, 'x');
}

/** One thing wrong: a value of the wrong kind, past a limit, one member too many or too few. */
export function nearlyValid(value, schema, { rng, resolve }) {
  const found = resolve(schema);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return wrongValue(found, rng);
  const keys = Object.keys(found.properties ?? {});
  const copy = { ...value };
  const kind = rng.below(4);
  if (kind === 0 || keys.length === 0)
    copy[rng.pick(['unknown', 'id', 'business_id', 'is_admin', 'revoked_at', 'scopes'])] =
      rng.pick(HOSTILE_VALUES);
  else if (kind === 1) delete copy[rng.pick(keys)];
  else {
    const key = rng.pick(keys);
    copy[key] = wrongValue(resolve(found.properties[key]), rng);
  }
  return copy;
}

function wrongValue(schema, rng) {
  const edges = [];
  if (schema.maxLength !== undefined)
    edges.push('x'.repeat(schema.maxLength), 'x'.repeat(schema.maxLength + 1), '𝕏'.repeat(schema.maxLength));
  if (schema.minLength !== undefined)
    edges.push('x'.repeat(Math.max(0, schema.minLength - 1)), ' '.repeat(schema.minLength));
  if (schema.maximum !== undefined)
    edges.push(schema.maximum + 1, String(schema.maximum), schema.maximum - 0.5);
  if (schema.minimum !== undefined) edges.push(schema.minimum - 1, schema.minimum - 0.5);
  if (schema.enum) edges.push(`${schema.enum[0]} `, String(schema.enum[0]).toUpperCase());
  return edges.length > 0 && rng.chance(0.6)
    ? rng.pick(edges)
    : rng.pick(rng.chance(0.5) ? HOSTILE_VALUES : HOSTILE_TEXTS);
}

/** The same shape with hostile leaves. */
export function hostileValue(value, rng) {
  if (Array.isArray(value) && value.length > 0) return value.map((item) => hostileValue(item, rng));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, rng.chance(0.5) ? hostileValue(item, rng) : item]),
    );
  }
  return rng.pick(rng.chance(0.7) ? HOSTILE_TEXTS : HOSTILE_VALUES);
}
