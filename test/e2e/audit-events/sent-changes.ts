import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestMember,
  type TestToken,
} from '../../support/factories.js';
import { TOKEN_AUTH, tokenAuthWorld } from '../infisical-config/token-auth.js';

/** Whether the events of the request tell that `value` was sent. */
export type Tells = (events: readonly AuditEvent[], value: unknown) => boolean;

/** One request that changes something. */
export interface SentChange {
  api: Api;
  method: string;
  path: string;
  body?: Record<string, unknown>;
  form?: Record<string, string>;
  /** Ids that the address or the credential names; an event must name each. */
  names?: string[];
}

/** An operation that changes something: requests that send every field of its input between them, and where each stands in the log. */
export interface RecordedOperation {
  requests: ((world: World) => SentChange | Promise<SentChange>)[];
  /** Fields that stand under another name, or as what follows from them; all others under their own. */
  told?: Record<string, Tells>;
  /** Fields that no event needs to tell, and why. */
  untold?: Record<string, string>;
}

/** Something to change. */
export interface World {
  business: TestBusiness;
  /** The platform in the business, and in none. */
  api: Api;
  root: Api;
  admin: TestToken;
  member: TestMember;
  identity: { id: string; name: string };
  token: TestToken;
}

export async function aWorld(): Promise<World> {
  const business = await aBusiness();
  const identity = await anIdentity(business);
  return {
    business,
    api: business.api,
    root: await platform(),
    admin: await aToken(business, { role: 'admin', expiresInDays: null }),
    member: await aMember(business),
    identity,
    token: await aToken(business, { identityId: identity.id }),
  };
}

export const text = (): string => `n${randomUUID().slice(0, 8)}`;
export const email = (): string => `${text()}@example.com`;

export const someDetail =
  (name: string): Tells =>
  (events, value) =>
    events.some(({ details }) => JSON.stringify(details[name]) === JSON.stringify(value));
/** It is in the future by so much, within a minute. */
export const someTime =
  (name: string, unitMs: number): Tells =>
  (events, value) =>
    events.some(({ details, occurred_at }) => {
      const wanted = Date.parse(occurred_at) + Number(value) * unitMs;
      return Math.abs(Date.parse(String(details[name])) - wanted) < 60_000;
    });
export const target: Tells = (events, value) => events.some((event) => event.target.id === value);
export const log: Tells = (events, value) => events.every((event) => event.business_id === value);
export const owner: Tells = someDetail('owner_id');

export const DAY_MS = 86_400_000;
export const EACH_ENDED = 'each token that ends has an event of its own';
export const ONLY_FALSE = 'only false is accepted, and nothing follows from it';
export const SECRET = 'a secret is never told; the event names its token';
export const NO_HINT = 'a hint, by which nothing is done';
export const TERMS: Record<string, Tells> = {
  accessTokenTTL: named('ttl_seconds'),
  accessTokenMaxTTL: named('max_ttl_seconds'),
  accessTokenNumUsesLimit: named('uses_limit'),
  accessTokenTrustedIps: (events, value) =>
    someDetailOf(
      events,
      'trusted_ips',
      (value as { ipAddress: string }[]).map(({ ipAddress }) => ipAddress),
    ),
};

function someDetailOf(events: readonly AuditEvent[], name: string, value: unknown): boolean {
  return named(name)(events, value);
}

/** By its own name, or as what it was changed to. */
export function named(name: string): Tells {
  return (events, value) =>
    someDetail(name)(events, value) ||
    someDetail(`${name}_after`)(events, value) ||
    (name === 'reason' && events.some(({ reason }) => reason === value));
}

export const onMember =
  (method: string, body: () => Record<string, unknown>, ofPlatform = false) =>
  ({ api, root, business, member }: World): SentChange => ({
    api: ofPlatform ? root : api,
    method,
    path: ofPlatform
      ? `/api/v1/admin/businesses/${business.id}/members/${member.id}`
      : `/api/v1/members/${member.id}`,
    body: body(),
    names: [member.id],
  });
export const onBusiness =
  (method: string, suffix: string, body?: () => Record<string, unknown>) =>
  ({ root, business: { id } }: World): SentChange => ({
    api: root,
    method,
    path: `/api/v1/admin/businesses/${id}${suffix}`,
    ...(body === undefined ? {} : { body: body() }),
    names: suffix === '/members' ? [] : [id],
  });
export const onIdentity =
  (method: string, suffix: string, body?: () => Record<string, unknown>, isInfisical = false) =>
  ({ api, admin, identity: { id } }: World): SentChange => ({
    api: isInfisical ? admin.api.within(null) : api,
    method,
    path: `/api/v1/identities/${id}${suffix}`,
    ...(body === undefined ? {} : { body: body() }),
    names: [id],
  });
export const onToken =
  (method: string, suffix: string, body: () => Record<string, unknown>) =>
  ({ api, token: { id } }: World): SentChange => ({
    api,
    method,
    path: `/api/v1/tokens/${id}${suffix}`,
    body: body(),
    names: [id],
  });
export const byForm =
  (path: string) =>
  ({ api, token }: World): SentChange => ({
    api: api.as(null),
    method: 'POST',
    path,
    form: { token: token.secret, token_type_hint: 'access_token' },
    names: [token.id],
  });
/** Of an identity under Token Auth, with a token. */
export const withTokenAuth =
  (
    request: (has: { admin: Api; id: string; token: { id: string; secret: string } }) => SentChange,
    isAttached = true,
  ) =>
  async (): Promise<SentChange> => {
    const { admin, identityId: id } = await tokenAuthWorld(
      isAttached ? { accessTokenTTL: 3600, accessTokenMaxTTL: 7200 } : undefined,
    );
    const token = { id: '', secret: '' };
    if (isAttached) {
      const { body } = await admin.post(`${TOKEN_AUTH}/identities/${id}/tokens`, {});
      Object.assign(token, { id: body.tokenData.id as string, secret: body.accessToken as string });
    }
    return request({ admin, id, token });
  };
export const ATTACHED = (): Record<string, unknown> => ({
  accessTokenTTL: 61,
  accessTokenMaxTTL: 601,
  accessTokenNumUsesLimit: 7,
  accessTokenTrustedIps: [{ ipAddress: '192.0.2.0/24' }],
});
export const person = () => ({ name: text(), role: 'auditor' });
export const newMember = () => ({ email: email(), ...person() });
