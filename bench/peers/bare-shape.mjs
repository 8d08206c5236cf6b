// @ts-check
/** The limit for one shape of question: the same request parsed, the same bytes answered, nothing decided. */
import Fastify from 'fastify';
import { parse } from 'node:querystring';
import { portOf, ready, settings } from './ready.mjs';

const { shapes } = settings;
const app = Fastify();
app.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  (/** @type {any} */ _request, /** @type {any} */ body, /** @type {any} */ done) => done(null, parse(body)),
);
for (const [index, requests] of shapes.entries()) {
  const answers = new Map(requests.map(({ key, answer }) => [key, answer]));
  app.route({
    method: requests[0].method,
    url: `/${index}`,
    handler: (/** @type {{ body: any, headers: any }} */ request, /** @type {any} */ reply) => {
      const { headers, text } = answers.get(request.body?.token ?? request.headers.authorization);
      reply.headers(headers).send(text);
    },
  });
}
await app.listen({ host: '127.0.0.1', port: 0 });
ready({ port: portOf(app), requests: [] });
