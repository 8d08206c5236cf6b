import express from 'express';
import { createVerifier } from '@rescind/verifier';
import { protect } from '@rescind/verifier/express';

const verifier = createVerifier({ url: process.env.RESCIND_URL!, token: process.env.RESCIND_TOKEN! });
const app = express();

app.get('/orders', protect(verifier, { scopes: ['orders:read'] }), (request, response) => {
  response.json({ orders: [], for: request.principal?.owner.name });
});
app.post('/orders', protect(verifier, { scopes: ['orders:write'] }), (_request, response) => {
  response.status(201).json({ id: 1 });
});

const server = app.listen(Number(process.env.PORT ?? 4000), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});
verifier.on('degraded', (reason) => console.log(`degraded: ${reason}`));
verifier.on('ready', () => console.log('ready'));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void verifier.close();
});
