import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DIALECTS, dialectWorld, type DialectWorld } from './dialects.js';

const run = promisify(execFile);

/** Runs the literal curl command that a product's documentation gives, with base URL and credential exchanged. */
async function curl(...given: string[]): Promise<{ status: number; body: Record<string, unknown> }> {
  const { stdout } = await run('curl', [
    '--silent',
    '--show-error',
    '--write-out',
    '\n%{http_code}',
    ...given,
  ]);
  const end = stdout.lastIndexOf('\n');
  return {
    status: Number(stdout.slice(end)),
    body: JSON.parse(stdout.slice(0, end)) as Record<string, unknown>,
  };
}

describe('The curl commands of the originals work:', () => {
  let world: DialectWorld;
  let url: string;
  let bearer: string[];
  beforeAll(async () => {
    world = await dialectWorld();
    ({ url } = world.admin);
    bearer = ['--header', `Authorization: Bearer ${world.admin.secret}`];
  });

  it('OpenTrain creates without a body, lists, and revokes', async () => {
    const path = `${url}/api/public/v1/tokens`;
    const created = await curl('-X', 'POST', path, ...bearer);
    expect(created.status).toBe(201);
    expect((await curl(path, ...bearer)).status).toBe(200);
    const { id } = created.body.metadata as { id: string };
    expect((await curl('-X', 'DELETE', `${path}/${id}`, ...bearer)).status).toBe(200);
    const secret = created.body.token as string;
    for (const end of ['identity', 'oauth'])
      expect(
        await curl('-X', 'POST', `${url}/api/agent/${end}/revoke`, '--data-urlencode', `token=${secret}`),
      ).toEqual({ status: 200, body: {} });
  });

  it('Infisical revokes with no body, an empty one, and one of no matter', async () => {
    for (const extra of [
      [],
      ['-d', ''],
      ['--header', 'Content-Type: application/json', '-d', ''],
      ['--header', 'Content-Type: application/json', '-d', '{}'],
      ['--header', 'Content-Type: application/json', '-d', 'null'],
    ]) {
      const { id } = await DIALECTS.infisical.issue(world);
      const { status } = await curl(
        '--request',
        'POST',
        '--url',
        `${url}/api/v1/auth/token-auth/tokens/${id}/revoke`,
        ...bearer,
        ...extra,
      );
      expect([extra, status]).toEqual([extra, 200]);
    }
  });

  it('vcita creates and revokes', async () => {
    const json = ['--header', 'Content-Type: application/json'];
    const path = `${url}/platform/v1/tokens`;
    const created = await curl(path, ...bearer, ...json, '-d', `{"app_id":"${world.identityId}"}`);
    expect(created.status).toBe(201);
    const { token } = created.body.data as { token: string };
    expect(await curl(`${path}/revoke`, ...bearer, ...json, '-d', `{"token":"${token}"}`)).toEqual({
      status: 201,
      body: { status: 'OK', data: { revoked_tokens: [token] } },
    });
    expect((await curl(path, ...bearer)).status).toBe(201);
  });
});
