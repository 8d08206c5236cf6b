import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import { exchange } from '../../support/exchange.js';
import { aToken, type TestToken } from '../../support/factories.js';
import { nameOf, nativeOperations } from '../../support/native-operations.js';
import type { Operation } from '../../support/operations.js';
import { sampleWorld, writtenRows, type SampleWorld } from '../../support/sample-world.js';

/** What has to be sent, where that is something. */
const BODIES: Record<string, string> = {
  linkMemberAccount: '{"issuer":"https://id.example.com","subject":"taken over"}',
  declineRevocation: '{"reason":"taken over"}',
};

describe('nothing of another business can be told apart from nothing at all', () => {
  let own: SampleWorld;
  let foreign: SampleWorld;
  let owner: TestToken;
  let before: Record<string, unknown>;

  beforeAll(async () => {
    own = await sampleWorld();
    foreign = await sampleWorld();
    owner = await aToken(own.business, { role: 'owner' });
    before = await writtenRows(own);
  });
  afterEach(async () => {
    expect(await writtenRows(own)).toEqual(before);
  });

  /** Everything of an answer but the request's own id and time. */
  async function ask({ secret, business }: Api, { method, operationId }: Operation, path: string) {
    const body =
      method === 'GET' || method === 'DELETE'
        ? undefined
        : method === 'PATCH'
          ? '{"name":"taken over"}'
          : (BODIES[operationId ?? ''] ?? '{}');
    const { status, headers, text } = await exchange(own.app.url, {
      method,
      path,
      headers: [
        ['authorization', `Bearer ${secret}`],
        ['x-business-id', business as string],
        ...(body === undefined ? [] : [['content-type', 'application/json'] as [string, string]]),
      ],
      body,
    });
    const requestId = headers['x-request-id'] as string;
    return {
      status,
      // What is left of the caller's own calls is no word about the business.
      headers: { ...headers, date: '', 'x-request-id': '', ratelimit: '' },
      text: text.replaceAll(requestId, ''),
    };
  }

  const throughAddress = async (): Promise<Operation[]> =>
    (await nativeOperations(own.app.url)).filter(({ path }) => /\{(?!business_id)\w+_id\}/.test(path));

  it.each(['the owner', 'the platform'])('%s finds no id of another business, on any route', async (who) => {
    const caller = who === 'the owner' ? owner.api : own.business.api;
    const operations = (await throughAddress()).filter(({ needsBusiness }) => needsBusiness);
    expect(operations.length).toBeGreaterThan(9);
    for (const operation of operations) {
      const theirs = await ask(
        caller,
        operation,
        operation.address((name) => foreign.idFor(operation, name)),
      );
      const nobodys = await ask(
        caller,
        operation,
        operation.address(() => randomUUID()),
      );
      expect([nameOf(operation), theirs.status]).toEqual([nameOf(operation), 404]);
      expect(theirs).toEqual(nobodys);
    }
  });

  it('the platform finds no member of another business under this one', async () => {
    const operations = (await throughAddress()).filter(({ path }) => path.includes('{business_id}'));
    for (const operation of operations) {
      const under = (world: SampleWorld | null) =>
        operation.address((name) =>
          name === 'business_id' ? own.business.id : (world?.idFor(operation, name) ?? randomUUID()),
        );
      const theirs = await ask(own.business.api, operation, under(foreign));
      expect([nameOf(operation), theirs.status]).toEqual([nameOf(operation), 404]);
      expect(theirs).toEqual(await ask(own.business.api, operation, under(null)));
    }
  });

  it('a token cannot be issued to a member or an identity of another business', async () => {
    const { body: members } = await foreign.business.api.get('/api/v1/members');
    const email = members.items[0].email as string;
    const issue = async (to: Record<string, string>) => {
      const { status, body } = await owner.api.post('/api/v1/tokens', { name: 'n', ...to });
      return { status, body: { ...body, request_id: '' } };
    };
    expect(await issue({ owner_email: email })).toMatchObject({ status: 404 });
    expect(await issue({ owner_email: email })).toEqual(await issue({ owner_email: 'nobody@example.com' }));
    const identityId = foreign.idFor({} as Operation, 'identity_id');
    expect(await issue({ identity_id: identityId })).toEqual(await issue({ identity_id: randomUUID() }));
  });

  it('a list filtered by a member of another business is as empty as by nobody', async () => {
    const { body: members } = await foreign.business.api.get('/api/v1/members');
    const query = { owner_email: members.items[0].email as string, include_total_count: true };
    const theirs = await owner.api.get('/api/v1/tokens', query);
    const nobodys = await owner.api.get('/api/v1/tokens', { ...query, owner_email: 'nobody@example.com' });
    expect(theirs.body).toEqual({ ...nobodys.body, items: [], total: 0 });
  });

  it('a good secret of another business is as unknown as one of nobody, also when it is revoked', async () => {
    const theirs = await aToken(foreign.business, { role: 'owner' });
    before = await writtenRows(own);
    const nobodys = await aToken(own.business);
    const unknown = { active: false, reason: 'unknown' };
    const crossed = `${theirs.secret.slice(0, -7)}_${nobodys.secret.slice(-6)}`;
    expect((await owner.api.post('/api/v1/tokens/verify', { token: theirs.secret })).body).toEqual(unknown);
    expect((await own.business.api.post('/api/v1/tokens/verify', { token: theirs.secret })).body).toEqual(
      unknown,
    );
    expect((await owner.api.post('/api/v1/tokens/verify', { token: crossed })).body).toMatchObject({
      active: false,
    });
    await foreign.business.api.post(`/api/v1/tokens/${theirs.id}/revoke`);
    expect((await owner.api.post('/api/v1/tokens/verify', { token: theirs.secret })).body).toEqual(unknown);
    before = await writtenRows(own);
  });

  it('a list shows only what is of the business', async () => {
    for (const path of ['/api/v1/tokens?owner_email=*', '/api/v1/members', '/api/v1/identities']) {
      const { text } = await exchange(own.app.url, {
        method: 'GET',
        path,
        headers: [
          ['authorization', `Bearer ${owner.secret}`],
          ['x-business-id', own.business.id],
        ],
      });
      expect(text).toContain(own.business.id);
      expect(text).not.toContain(foreign.business.id);
    }
  });
});
