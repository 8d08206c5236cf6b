import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exchange, type Answer } from './exchange.js';

export interface Github {
  /** For RESCIND_GITHUB_KEYS_URL. */
  keysUrl: string;
  /** Reports one secret, as GitHub's secret scanning does. */
  report(url: string, secret: string): Promise<Answer>;
  stop(): void;
}

/** Publishes a key, and signs reports with it. */
export async function startGithub(): Promise<Github> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { key_identifier: 'one', key: publicKey.export({ type: 'spki', format: 'pem' }), is_current: true };
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ public_keys: [key] }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    keysUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    report: (url, secret) => {
      const body = JSON.stringify([{ token: secret, type: 'rescind_token', url: '', source: 'commit' }]);
      const headers: [string, string][] = [
        ['content-type', 'application/json'],
        ['github-public-key-identifier', key.key_identifier],
        ['github-public-key-signature', sign('sha256', Buffer.from(body), privateKey).toString('base64')],
      ];
      return exchange(url, { method: 'POST', path: '/leaks/github', headers, body });
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
} // prettier-ignore
