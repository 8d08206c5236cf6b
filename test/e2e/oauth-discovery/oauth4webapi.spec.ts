import * as oauth from 'oauth4webapi';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const INSECURE = { [oauth.allowInsecureRequests]: true };

/** An independent client, told nothing but where the service is. */
describe('oauth4webapi', () => {
  let issuer: URL;
  let as: oauth.AuthorizationServer;
  let business: TestBusiness;
  let client: oauth.Client;
  let authentication: oauth.ClientAuth;
  beforeAll(async () => {
    issuer = new URL((await sharedApp()).url);
    business = await aBusiness();
    const identity = await anIdentity(business, 'admin');
    const { secret } = await aToken(business, { identityId: identity.id });
    client = { client_id: identity.id };
    authentication = oauth.ClientSecretBasic(secret);
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
    as = await oauth.processDiscoveryResponse(issuer, response);
  });

  const introspect = async (token: string): Promise<oauth.IntrospectionResponse> =>
    oauth.processIntrospectionResponse(
      as,
      client,
      await oauth.introspectionRequest(as, client, authentication, token, INSECURE),
    );

  it('finds the endpoints, and the resource that they protect', async () => {
    expect(as).toMatchObject({
      revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'Bearer'],
      response_types_supported: [],
    });
    const response = await oauth.resourceDiscoveryRequest(issuer, INSECURE);
    const resource = await oauth.processResourceDiscoveryResponse(issuer, response);
    expect(resource.authorization_servers).toEqual([as.issuer]);
    expect(resource.bearer_methods_supported).toEqual(['header']);
  });

  it('finds Ed25519 keys, each with an id and no private half', async () => {
    const { keys } = (await (await fetch(as.jwks_uri as string)).json()) as {
      keys: Record<string, string>[];
    };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: expect.any(String) as string });
      expect(key).not.toHaveProperty('d');
      await crypto.subtle.importKey('jwk', key as never, 'Ed25519', true, ['verify']);
    }
  });

  it('introspects, revokes as a client, and introspects again', async () => {
    const token = await aToken(business, { scopes: ['jobs:read'] });
    expect(await introspect(token.secret)).toMatchObject({ active: true, scope: 'jobs:read' });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, authentication, token.secret, INSECURE),
    );
    expect(await introspect(token.secret)).toEqual({ active: false });
  });

  it('revokes by possession alone', async () => {
    const token = await aToken(business);
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, oauth.None(), token.secret, INSECURE),
    );
    expect(await introspect(token.secret)).toEqual({ active: false });
  });

  it('learns of bad credentials from the challenge', async () => {
    const request = await oauth.introspectionRequest(
      as,
      client,
      oauth.ClientSecretBasic('wrong'),
      'x',
      INSECURE,
    );
    await expect(oauth.processIntrospectionResponse(as, client, request)).rejects.toMatchObject({
      cause: [{ scheme: 'basic', parameters: { realm: 'rescind' } }],
    });
  });
});
