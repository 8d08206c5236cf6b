import { exchange, type Answer } from '../../support/exchange.js';
import { demandDocumented } from '../../support/documented-answer.js';
import { DOCUMENTS, operationsOf, type DocumentName, type Operation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';

const OPEN_BODY_BYTES_MAX = 4096;
const CREDENTIAL: [string, string] = ['authorization', 'Bearer dz_guess'];

/** A body of the operation's own type, of exactly so many bytes, with a secret that no one has. */
function bodyOf({ requestBody }: Operation, bytes: number): { type: string; body: string } {
  const [type = ''] = Object.keys(requestBody?.content ?? {});
  const isForm = type.endsWith('urlencoded');
  const [head, tail] = isForm ? ['token=', ''] : ['{"accessToken":"', '"}'];
  return { type, body: head + 'x'.repeat(bytes - head.length - tail.length) + tail };
}

describe('a body that nobody answers for', () => {
  let url: string;
  let operations: Operation[];
  beforeAll(async () => {
    ({ url } = await sharedApp());
    const names = Object.keys(DOCUMENTS) as DocumentName[];
    const all = await Promise.all(names.map(async (name) => (await operationsOf(url, name)).operations));
    // One body carries a signature, and may be longer: see leaks/github.spec.ts.
    operations = all
      .flat()
      .filter(({ path, requestBody }) => requestBody !== undefined && path !== '/leaks/github');
  });

  const send = async (operation: Operation, bytes: number, headers: [string, string][]): Promise<Answer> => {
    const { type, body } = bodyOf(operation, bytes);
    const path = operation.address(() => '00000000-0000-7000-8000-000000000000');
    const answer = await exchange(url, {
      method: operation.method,
      path,
      headers: [['content-type', type], ...headers],
      body,
    });
    const parsed: unknown = JSON.parse(answer.text);
    const namesBusiness = headers.some(([name]) => name === 'x-business-id');
    const given = { status: answer.status, body: parsed };
    await demandDocumented(url, operation.method, path, given, namesBusiness);
    return answer;
  };
  const statuses = async (
    chosen: Operation[],
    bytes: number,
    headers: [string, string][] = [],
  ): Promise<Record<string, number>> =>
    Object.fromEntries(
      await Promise.all(
        chosen.map(async (each): Promise<[string, number]> => [
          `${each.method} ${each.path}`,
          (await send(each, bytes, headers)).status,
        ]),
      ),
    );
  const allAre = (status: number, chosen: Operation[]): Record<string, number> =>
    Object.fromEntries(chosen.map(({ method, path }) => [`${method} ${path}`, status]));

  it('is no longer than 4 kB on a route that needs no credential, whatever is presented there', async () => {
    const open = operations.filter(({ needsBearer }) => !needsBearer);
    expect(open.map(({ path }) => path).sort()).toEqual([
      '/api/agent/identity/revoke',
      '/api/agent/oauth/revoke',
      '/api/v1/auth/token/renew',
      '/api/v1/auth/token/revoke',
      '/sign-in/oidc/{provider}/back-channel-logout',
      '/sign-in/recovery',
    ]);
    const revoke = operations.filter(({ path }) => path === '/oauth/revoke');
    for (const headers of [[], [CREDENTIAL]]) {
      const chosen = [...open, ...revoke];
      expect(await statuses(chosen, OPEN_BODY_BYTES_MAX + 1, headers)).toEqual(allAre(413, chosen));
    }
    const fitting = Object.values(await statuses([...open, ...revoke], OPEN_BODY_BYTES_MAX));
    expect(fitting).not.toContain(413);
  });

  it('is no longer on any route without a credential', async () => {
    expect(operations.length).toBeGreaterThan(25);
    expect(await statuses(operations, OPEN_BODY_BYTES_MAX + 1)).toEqual(allAre(413, operations));
  });

  it('is measured when its length is not declared', async () => {
    for (const path of ['/api/v1/tokens', '/api/v1/auth/token/revoke']) {
      const answer = await exchange(url, {
        method: 'POST',
        path,
        headers: [
          ['content-type', 'application/json'],
          ['transfer-encoding', 'chunked'],
        ],
        chunks: ['{"accessToken":"', 'x'.repeat(OPEN_BODY_BYTES_MAX), '"}'],
      });
      expect([path, answer.status]).toEqual([path, 413]);
    }
  });
});
