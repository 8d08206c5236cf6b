import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What a page of any origin may request in a browser: revocation (RFC 7009 §2.3) and the public documents. */
const OPEN_TO_BROWSERS = /^\/(oauth\/revoke|\.well-known\/[a-z0-9-]+(\.json)?)(\?|$)/;
const PREFLIGHT_SECONDS = '600';

/**
 * Answers preflights and adds CORS headers to answers, also to refusals. No cookie is read here, so no origin can
 * use credentials that its page does not have.
 */
export function registerCors(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.headers.origin === undefined || !OPEN_TO_BROWSERS.test(request.url)) return done();
    void reply
      .header('access-control-allow-origin', '*')
      .header(
        'access-control-expose-headers',
        'retry-after, www-authenticate, x-client-request-id, x-request-id',
      );
    return isPreflight(request) ? answerPreflight(reply) : done();
  });
}

function isPreflight(request: FastifyRequest): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
}

function answerPreflight(reply: FastifyReply): void {
  void reply
    .status(204)
    .header('access-control-allow-methods', 'GET, POST')
    .header('access-control-allow-headers', 'authorization, content-type')
    .header('access-control-max-age', PREFLIGHT_SECONDS)
    .send();
}
