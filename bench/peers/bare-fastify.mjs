// @ts-check
/** The limit: the same request parsed, the same bytes answered, nothing decided. */
import Fastify from 'fastify';
import { portOf, ready, settings } from './ready.mjs';

const answers = new Map(settings.requests.map(({ body, answer }) => [JSON.parse(body).token, answer]));
const app = Fastify();
app.post(settings.requests[0].path, (/** @type {{ body: any }} */ request, reply) => {
  reply.header('content-type', 'application/json; charset=utf-8').send(answers.get(request.body.token));
});
await app.listen({ host: '127.0.0.1', port: 0 });
ready({
  port: portOf(app),
  requests: settings.requests.map((request) => ({ ...request, answer: undefined })),
});
