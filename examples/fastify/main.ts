import { fastify } from 'fastify';
import { createVerifier } from '@rescind/verifier';
import { rescind } from '@rescind/verifier/fastify';

const verifier = createVerifier({ url: process.env.RESCIND_URL!, token: process.env.RESCIND_TOKEN! });
const app = fastify({ forceCloseConnections: true });
await app.register(rescind, { verifier });

app.get('/orders', { onRequest: app.protect({ scopes: ['orders:read'] }) }, (request) => ({
  orders: [],
  for: request.principal?.owner.name,
}));
app.post('/orders', { onRequest: app.protect({ scopes: ['orders:write'] }) }, (_request, reply) =>
  reply.code(201).send({ id: 1 }),
);

const address = await app.listen({ port: Number(process.env.PORT ?? 4000), host: '127.0.0.1' });
console.log(`listening on ${new URL(address).port}`);
verifier.on('degraded', (reason) => console.log(`degraded: ${reason}`));
verifier.on('ready', () => console.log('ready'));
process.once('SIGTERM', () => {
  void app.close();
  void verifier.close();
});
