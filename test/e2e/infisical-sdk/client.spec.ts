import { InfisicalSDK } from '@infisical/sdk';
import { sharedApp } from '../../support/shared-app.js';
import { anAccessToken, TOKEN_AUTH, tokenAuthWorld, verdictOn } from '../infisical-config/token-auth.js';

/** The published client, unmodified: of Token Auth it takes access tokens and renews them. */
describe('@infisical/sdk', () => {
  it('renews an access token of Rescind', async () => {
    const world = await tokenAuthWorld({ accessTokenTTL: 60, accessTokenMaxTTL: 600 });
    const { id, secret } = await anAccessToken(world);
    const client = new InfisicalSDK({ siteUrl: (await sharedApp()).url });
    client.auth().accessToken(secret);
    const renewed = await client.auth().universalAuth.renew();
    expect(renewed.auth().getAccessToken()).toBe(secret);
    const { body } = await world.admin.get(`${TOKEN_AUTH}/tokens/${id}`);
    expect(body.token.accessTokenLastRenewedAt).not.toBeNull();
    expect(await verdictOn(world, secret)).toMatchObject({ active: true });
  });

  it('that signs in by itself is told what is here instead', async () => {
    const client = new InfisicalSDK({ siteUrl: (await sharedApp()).url });
    const login = client.auth().universalAuth.login({ clientId: 'x', clientSecret: 'y' });
    await expect(login).rejects.toThrow(/404.*Token Auth.*token-auth/s);
  });

  it('is told in its own words that a revoked one is not renewed', async () => {
    const world = await tokenAuthWorld({ accessTokenTTL: 60, accessTokenMaxTTL: 600 });
    const { id, secret } = await anAccessToken(world);
    const client = new InfisicalSDK({ siteUrl: (await sharedApp()).url });
    client.auth().accessToken(secret);
    await world.admin.post(`${TOKEN_AUTH}/tokens/${id}/revoke`);
    await expect(client.auth().universalAuth.renew()).rejects.toThrow(/401.*Not authenticated/s);
  });
});
