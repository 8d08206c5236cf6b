// @ts-check
/** RFC 7662 introspection by oidc-provider with its in-memory adapter: opaque tokens of one client. */
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';
import { ready, settings } from './ready.mjs';

/** @type {import('oidc-provider').ClientMetadata} */
const client = {
  client_id: 'resource-server',
  client_secret: 'bench-secret-of-no-use-elsewhere',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: 'ES256',
};
const provider = new Provider('http://127.0.0.1', {
  clients: [client],
  scopes: ['jobs:read'],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
  },
  jwks: {
    keys: [
      {
        ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
        use: 'sig',
      },
    ],
  },
  cookies: { keys: ['bench'] },
  ttl: { ClientCredentials: 86_400 },
});
const server = provider.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const headers = {
  'content-type': 'application/x-www-form-urlencoded',
  authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`,
};
const requests = [];
for (let index = 0; index < settings.tokens; index++) {
  const response = await fetch(`http://127.0.0.1:${port}/token`, {
    method: 'POST',
    headers,
    body: 'grant_type=client_credentials&scope=jobs%3Aread',
  });
  const { access_token: token } = /** @type {any} */ (await response.json());
  requests.push({
    method: 'POST',
    path: '/token/introspection',
    headers,
    body: `token=${token}`,
    expect: ['"active":true', `"client_id":"${client.client_id}"`],
  });
}
ready({ port, requests });
