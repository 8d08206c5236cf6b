// A real OpenID provider (oidc-provider) in a process of its own. Its settings come as the first argument, and who signs in
// next as messages of the parent; it has no form to fill in.
import { Provider } from 'oidc-provider';

const { port, clients, withUserinfo = false } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const people = new Map();
let next = null;

const provider = new Provider(issuer, {
  clients,
  cookies: { keys: ['a key of the tests'] },
  claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
  // True: what is not asked for by name is at the userinfo endpoint alone.
  conformIdTokenClaims: withUserinfo,
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) =>
        void (ctx.body = form.replace('</form>', '<input name="logout" value="yes"/></form>')),
    },
  },
  // Its own refuses to call this machine.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
  loadExistingGrant: async (ctx) => {
    const { client, session, params } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(params.scope);
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, following) => {
  if (!ctx.path.startsWith('/interaction/')) return following();
  const result = next === null ? { error: 'access_denied' } : { login: { accountId: next } };
  await provider.interactionFinished(ctx.req, ctx.res, result);
  ctx.respond = false;
});

const server = provider.listen(port, '127.0.0.1', () => process.send({ isListening: true }));
process.on('message', ({ subject, claims }) => {
  next = subject;
  if (subject !== null) people.set(subject, claims);
  process.send({ isKnown: true });
});
process.on('disconnect', () => {
  server.close();
  process.exit(0);
});
