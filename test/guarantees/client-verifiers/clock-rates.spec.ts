import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Api } from '../../support/api.js';
import { aToken } from '../../support/factories.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { platformSecret } from '../../support/test-run.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';
import { ClientProcess } from './client-process.js';

/** What a stock chrony makes of a clock while it mends an offset, 83,333 ppm, in opposite directions (chrony.conf(5), maxslewrate). */
const SLOW = 1 - 0.083_333;
const FAST = 1 + 0.083_333;
const TRIES = 4;

function atRate(rate: number): Record<string, string> {
  const preload = pathToFileURL(join(import.meta.dirname, 'clock-rate.mjs')).href;
  return { NODE_OPTIONS: `--import=${preload}`, CLOCK_RATE: String(rate) };
}

describe('R1: while two clocks are mended in opposite directions', () => {
  let servers: Verifiers;
  let fast: Verifier;
  beforeAll(async () => {
    servers = await startVerifiers(1, atRate(FAST));
    fast = servers.all[0] as Verifier;
  });
  afterAll(() => servers.end());

  const revoke = async (id: string): Promise<void> => {
    const api = new Api(fast.url, platformSecret(), servers.business.id);
    expect((await api.post(`/api/v1/tokens/${id}/revoke`)).status).toBe(201);
  };

  it('a slow client verifier, its stream standing still, keeps no lease that its fast server thinks over', async () => {
    for (let tried = 0; tried < TRIES; tried++) {
      const proxy = await TcpProxy.open(fast.url);
      const client = await ClientProcess.start({ url: proxy.url, token: platformSecret() }, atRate(SLOW));
      try {
        const token = await aToken(servers.business);
        await client.remember(token.secret);
        proxy.swallow();
        await revoke(token.id);
        expect((await client.verify(token.secret)).outcome).not.toBe('active');
      } finally {
        await client.end();
        proxy.close();
      }
    }
  });
});
