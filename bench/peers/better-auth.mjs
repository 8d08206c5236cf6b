// @ts-check
/** API keys by better-auth on PostgreSQL: its own server-side verify behind one Fastify route. */
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import Fastify from 'fastify';
import pg from 'pg';
import { portOf, ready, settings } from './ready.mjs';

const auth = betterAuth({
  baseURL: 'http://127.0.0.1',
  secret: 'bench-secret-of-no-use-elsewhere-0123456789',
  database: new pg.Pool({ connectionString: settings.databaseUrl, max: 10 }),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  logger: { disabled: true },
  // Its limiter would refuse the load; without it, verify does less work.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});
await (await getMigrations(auth.options)).runMigrations();
const { user } = await auth.api.signUpEmail({
  body: { email: 'owner@example.com', password: 'bench-password-1', name: 'Owner' },
});

const app = Fastify();
app.post('/verify', (/** @type {{ body: any }} */ { body }) =>
  auth.api.verifyApiKey({ body: { key: body.token } }),
);
await app.listen({ host: '127.0.0.1', port: 0 });

const requests = [];
for (let index = 0; index < settings.tokens; index++) {
  const { id, key } = await auth.api.createApiKey({ body: { userId: user.id, name: `key ${index}` } });
  requests.push({
    method: 'POST',
    path: '/verify',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: key }),
    expect: ['"valid":true', id],
  });
}
ready({ port: portOf(app), requests });
