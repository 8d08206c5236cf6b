import { parse } from 'node:querystring';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';

/** Routes that read forms (RFC 7009, RFC 7662); every other route reads JSON only. */
const FORM_ROUTES = /^\/(oauth|api\/agent)\//;

/**
 * JSON and forms, and nothing else. An empty body is no body, whatever its content type says: clients send
 * `Content-Type: application/json`, or curl's form type, with nothing behind it.
 */
export function registerBodyParsers(fastify: FastifyInstance, bodyBytesMax: number): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    ['application/json'],
    { parseAs: 'string', bodyLimit: bodyBytesMax },
    (request, body, done) => {
      if (body.length === 0) return done(null, undefined);
      if (FORM_ROUTES.test(request.url)) return done(unsupported());
      return parseJson(request, body as string, done);
    },
  );
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: bodyBytesMax },
    (request: FastifyRequest, body, done) => {
      if (body.length === 0) return done(null, undefined);
      if (!FORM_ROUTES.test(request.url)) return done(unsupported());
      return done(null, { ...parse(body as string) });
    },
  );
  fastify.addContentTypeParser('*', { parseAs: 'string', bodyLimit: bodyBytesMax }, (_request, body, done) =>
    body.length === 0 ? done(null, undefined) : done(unsupported()),
  );
}

function unsupported(): Error {
  return new DomainError(
    'request.unsupported_media_type',
    'The content type of the request is not supported.',
  );
}
