import { exchange } from '../../support/exchange.js';
import { demandDocumented } from '../../support/documented-answer.js';
import { sql } from '../../support/databases.js';
import { sharedApp } from '../../support/shared-app.js';
import { dialectWorld, type DialectWorld } from './dialects.js';

type Shape = (body: Record<string, unknown>) => void;

const opentrain: Shape = (body) =>
  expect(body).toMatchObject({
    error: expect.any(String) as string,
    code: expect.stringMatching(/^[A-Z_]+$/) as string,
    requestId: expect.any(String) as string,
  });
const agent: Shape = (body) => expect(Object.keys(body)).toEqual(['error', 'error_description']);
const infisical: Shape = (body) =>
  expect(body).toMatchObject({
    reqId: expect.stringMatching(/^req-[0-9A-Za-z]{14}$/) as string,
    statusCode: expect.any(Number) as number,
    error: expect.any(String) as string,
  });
const vcita: Shape = (body) => {
  expect(body.status).toBe('Error');
  expect(body.error).toBe(body.message);
};

/** Every route that takes a body, with the shape of its refusals. */
const ROUTES: [string, string, Shape][] = [
  ['POST', '/api/public/v1/tokens', opentrain],
  ['POST', '/api/agent/identity/revoke', agent],
  ['POST', '/api/agent/oauth/revoke', agent],
  ['POST', '/api/v1/auth/token-auth/identities/{identity}', infisical],
  ['PATCH', '/api/v1/auth/token-auth/identities/{identity}', infisical],
  ['POST', '/api/v1/auth/token-auth/identities/{identity}/tokens', infisical],
  ['PATCH', '/api/v1/auth/token-auth/tokens/{identity}', infisical],
  ['POST', '/api/v1/auth/token/renew', infisical],
  ['POST', '/api/v1/auth/token/revoke', infisical],
  ['POST', '/platform/v1/tokens', vcita],
  ['POST', '/platform/v1/tokens/revoke', vcita],
];

const JSON_TYPE = 'application/json';
const BODIES: [string, string, string][] = [
  ['broken JSON', JSON_TYPE, '{"name":'],
  ['a list', JSON_TYPE, '[]'],
  ['a number', JSON_TYPE, '7'],
  ['a prototype', JSON_TYPE, '{"__proto__":{"x":1}}'],
  ['a member twice', JSON_TYPE, '{"token":"x","accessToken":"x","name":"a","name":"b","token":"x"}'],
  [
    'members by the thousand',
    JSON_TYPE,
    `{${Array.from({ length: 9000 }, (_, index) => `"m${index}":1`).join(',')}}`,
  ],
  ['over 100 kB', JSON_TYPE, JSON.stringify({ name: 'x'.repeat(110_000) })],
  ['XML', 'application/xml', '<a/>'],
  ['text', 'text/plain', 'token=x'],
  ['a type that is none', '///', 'x'],
  [
    'NUL, control characters and wrong types everywhere',
    JSON_TYPE,
    JSON.stringify({
      name: 'a\u0000b\u0007',
      scopes: [null, 7, {}],
      expiresAt: 'never',
      accessTokenTTL: {},
      accessToken: 7,
      accessTokenTrustedIps: [[]],
      app_id: {},
      token: {},
    }),
  ],
];

describe.each(ROUTES)('%s %s', (method, route, shape) => {
  let world: DialectWorld;
  const rows = async () =>
    sql(
      (await sharedApp()).databaseUrl,
      `SELECT (SELECT count(*)::int FROM tokens WHERE business_id = $1) AS tokens,
         (SELECT count(*)::int FROM audit_events WHERE business_id = $1 AND action <> 'access.denied') AS events`,
      [world.business.id],
    );
  beforeAll(async () => {
    world = await dialectWorld();
  });

  it.each(BODIES)('refuses %s in the shape of its dialect, and writes nothing', async (_, type, body) => {
    const before = await rows();
    const path = route.replace('{identity}', world.identityId);
    const answer = await exchange(world.admin.url, {
      method,
      path,
      headers: [
        ['authorization', `Bearer ${world.admin.secret}`],
        ['content-type', type],
      ],
      body,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    const parsed = JSON.parse(answer.text) as Record<string, unknown>;
    shape(parsed);
    await demandDocumented(world.admin.url, method, path, { status: answer.status, body: parsed });
    expect(await rows()).toEqual(before);
  });
});

describe('What no route knows', () => {
  it.each([
    ['/api/public/v1/none', opentrain],
    ['/api/agent/none', agent],
    ['/api/v1/auth/none', infisical],
    ['/platform/v1/none', vcita],
  ] as [string, Shape][])('is answered in the shape of the dialect: %s', async (path, shape) => {
    const answer = await exchange((await sharedApp()).url, { method: 'GET', path });
    expect(answer.status).toBe(404);
    shape(JSON.parse(answer.text) as Record<string, unknown>);
  });
});
