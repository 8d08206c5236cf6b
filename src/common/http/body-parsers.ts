import { parse } from 'node:querystring';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';

/** Routes that read forms (RFC 7009, RFC 7662); every other route reads JSON only. */
const FORM_ROUTES = /^\/(oauth|api\/agent)\//;

/** No body asked for has more than three; thousands would exhaust the stack of whatever validates them. */
const NESTING_MAX = 16;

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
      return parseJson(request, body as string, (error, value: unknown) =>
        error === null && nestsDeeper(value, NESTING_MAX)
          ? done(new DomainError('request.invalid', 'The request body is nested too deeply.'))
          : done(error, value),
      );
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

/** Whether there are objects or lists within each other, more than `levels` of them. */
function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}

function unsupported(): Error {
  return new DomainError(
    'request.unsupported_media_type',
    'The content type of the request is not supported.',
  );
}
