import { randomUUID } from 'node:crypto';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { DIALECTS, dialectWorld, type DialectWorld } from './dialects.js';

type Request = (id: string) => { method: string; path: string; body?: string };

const REQUESTS: Record<string, Request> = {
  'OpenTrain, revoking': (id) => ({ method: 'DELETE', path: `/api/public/v1/tokens/${id}` }),
  'Infisical, reading': (id) => ({ method: 'GET', path: `/api/v1/auth/token-auth/tokens/${id}` }),
  'Infisical, renaming': (id) => ({
    method: 'PATCH',
    path: `/api/v1/auth/token-auth/tokens/${id}`,
    body: '{"name":"x"}',
  }),
  'Infisical, revoking': (id) => ({ method: 'POST', path: `/api/v1/auth/token-auth/tokens/${id}/revoke` }),
  'vcita, revoking': (id) => ({
    method: 'POST',
    path: '/platform/v1/tokens/revoke',
    body: JSON.stringify({ token: id }),
  }),
};

/** An answer without what differs between any two requests: their ids, and the id that was asked for. */
function comparable(answer: Answer, id: string): unknown {
  const { headers, status, text } = answer;
  const own = ['x-request-id', 'date', 'content-length', 'ratelimit'];
  return {
    status,
    headers: Object.entries(headers).filter(([name]) => !own.includes(name)),
    text: text
      .replaceAll(id, '<id>')
      .replaceAll(/"requestId":"[^"]+"/g, '')
      .replaceAll(/"reqId":"[^"]+"/g, ''),
  };
}

describe('A token of another business and one that does not exist are answered alike in', () => {
  let world: DialectWorld;
  let foreignIds: string[];
  beforeAll(async () => {
    world = await dialectWorld();
    const other = await dialectWorld();
    foreignIds = [
      (await aToken(await aBusiness())).id,
      (await DIALECTS.infisical.issue(other)).id,
      (await DIALECTS.vcita.issue(other)).id,
    ];
  });

  it.each(Object.entries(REQUESTS))('%s', async (_, request) => {
    const ask = async (id: string): Promise<unknown> => {
      const { body, ...rest } = request(id);
      const headers: [string, string][] = [['authorization', `Bearer ${world.admin.secret}`]];
      if (body !== undefined) headers.push(['content-type', 'application/json']);
      return comparable(await exchange(world.admin.url, { ...rest, headers, body }), id);
    };
    const missing = await ask(randomUUID());
    expect((missing as { status: number }).status).toBeGreaterThanOrEqual(400);
    for (const id of foreignIds) expect(await ask(id)).toEqual(missing);
  });
});
