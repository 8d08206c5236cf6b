import { Api } from '../../support/api.js';
import { aToken, type TestToken } from '../../support/factories.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { platformSecret } from '../../support/test-run.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';
import { ClientProcess } from './client-process.js';

const HOUR_MS = 3_600_000;

describe('R1 in the process of the caller', () => {
  let servers: Verifiers;
  let first: Verifier;
  let second: Verifier;
  const clients: ClientProcess[] = [];
  const proxies: TcpProxy[] = [];
  beforeAll(async () => {
    servers = await startVerifiers(2);
    [first, second] = servers.all as [Verifier, Verifier];
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
    for (const proxy of proxies.splice(0)) proxy.close();
  });
  afterAll(() => servers.end());

  const aClient = async (
    url: string | string[],
    env: Record<string, string> = {},
  ): Promise<ClientProcess> => {
    const client = await ClientProcess.start({ url, token: platformSecret() }, env);
    clients.push(client);
    return client;
  };
  const revoke = async (token: TestToken, by: Verifier): Promise<void> => {
    const api = new Api(by.url, platformSecret(), servers.business.id);
    const { status } = await api.post(`/api/v1/tokens/${token.id}/revoke`);
    expect(status).toBe(201);
  };

  it('a client whose event loop stands still does not hold up a revocation, and wakes without a lease', async () => {
    const client = await aClient(first.url);
    const token = await aToken(servers.business);
    await client.remember(token.secret);
    const { answered, end } = await client.stall(token.secret);
    // R2: it is waited out, and need not come back for it.
    await revoke(token, second);
    end();
    expect((await answered).outcome).not.toBe('active');
    await client.ready();
  });

  it('so does one that is frozen', async () => {
    const client = await aClient(first.url);
    const token = await aToken(servers.business);
    await client.remember(token.secret);
    process.kill(client.pid, 'SIGSTOP');
    await revoke(token, first);
    const asked = client.verify(token.secret);
    process.kill(client.pid, 'SIGCONT');
    expect((await asked).outcome).not.toBe('active');
    await client.ready();
    expect(await client.outcome(token.secret)).toBe('revoked');
  });

  it('a connection that swallows everything ends its lease, and another is made', async () => {
    const proxy = await TcpProxy.open(first.url);
    proxies.push(proxy);
    const client = await aClient(proxy.url);
    const [token, other] = [await aToken(servers.business), await aToken(servers.business)];
    await client.remember(token.secret);
    await client.remember(other.secret);
    proxy.swallow();
    await revoke(token, second);
    expect((await client.verify(token.secret)).outcome).not.toBe('active');
    await client.ready();
    await client.remember(other.secret);
    expect(await client.outcome(token.secret)).toBe('revoked');
    expect((await client.counters()).timesReady).toBeGreaterThan(1);
  });

  it.each([HOUR_MS, -HOUR_MS])('a time of day that is wrong by %d ms changes nothing', async (offset) => {
    const client = await aClient(first.url, { WALL_OFFSET_MS: String(offset) });
    const token = await aToken(servers.business);
    await client.remember(token.secret);
    await client.jumpWall(-2 * offset);
    await client.remember(token.secret);
    await revoke(token, second);
    expect(await client.outcome(token.secret)).toBe('revoked');
  });

  it('its server killed, a client takes no more from memory, and goes on at the other', async () => {
    const doomed = await servers.add();
    const client = await aClient([doomed.url, second.url]);
    const [token, other] = [await aToken(servers.business), await aToken(servers.business)];
    await client.remember(token.secret);
    await client.remember(other.secret);
    await doomed.kill();
    await revoke(token, second);
    const { outcome } = await client.verify(token.secret);
    expect(['revoked', 'unavailable']).toContain(outcome);
    await client.remember(other.secret);
    expect(await client.outcome(token.secret)).toBe('revoked');
  });

  it('its server frozen, a client takes nothing from memory that is revoked at the other', async () => {
    const cold = await servers.add();
    const client = await aClient([cold.url, second.url]);
    const [token, other] = [await aToken(servers.business), await aToken(servers.business)];
    await client.remember(token.secret);
    await client.remember(other.secret);
    cold.freeze();
    await revoke(token, second);
    const { outcome } = await client.verify(token.secret);
    expect(['revoked', 'unavailable']).toContain(outcome);
    await client.remember(other.secret);
    cold.thaw();
    expect(await client.outcome(token.secret)).toBe('revoked');
    await cold.stop();
  });
});
