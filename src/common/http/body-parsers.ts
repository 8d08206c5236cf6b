import { parse } from 'node:querystring';
import type { FastifyBodyParser, FastifyInstance } from 'fastify';
import { DomainError, refusal } from '../errors/domain-error.js';
import type { Admission } from './admission.js';
import { boundedMembersOf, repeatsMembers } from './bounded-json.js';

/**
 * Routes that read forms (RFC 7009, RFC 7662, OpenID Connect Back-Channel Logout 1.0 §2.5); every other route reads JSON only.
 */
const FORM_ROUTES = /^\/(oauth\/|api\/agent\/|sign-in\/oidc\/[^/]+\/back-channel-logout\b)/;

/** Routes that also read JSON under the name that RFC 7644 §3.1 gives it. */
const SCIM_ROUTES = /^\/scim\//;

/**
 * Accepts JSON and forms only. JSON with a signature is passed on as text. An empty body counts as no body, whatever its
 * content type: clients send `Content-Type: application/json`, or curl's form type, without a body. A body for a path
 * without a route is not checked: the answer is that there is no such route.
 */
export function registerBodyParsers(
  fastify: FastifyInstance,
  bodyBytesMax: number,
  admission: Admission,
): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  const options = { parseAs: 'string', bodyLimit: bodyBytesMax } as const;
  fastify.removeAllContentTypeParsers();
  const FORM = 'application/x-www-form-urlencoded';
  const readJson: FastifyBodyParser<string> = (request, text, done) => {
    if (text.length === 0 || request.is404) return done(null, undefined);
    if (FORM_ROUTES.test(request.url)) return done(unsupported());
    const refusal = admission.refusalOfBody(request, Buffer.byteLength(text));
    if (refusal !== null) return done(refusal);
    if (request.routeOptions.config.openRoute?.signedBodyBytesMax !== undefined) return done(null, text);
    const members = boundedMembersOf(text);
    return parseJson(request, text, (error, value: unknown) => {
      if (error !== null) return done(error);
      return repeatsMembers(value, members) ? done(repeated()) : done(null, value);
    });
  };
  fastify.addContentTypeParser<string>('application/json', options, readJson);
  fastify.addContentTypeParser<string>('application/scim+json', options, (request, text, done) =>
    text.length > 0 && !SCIM_ROUTES.test(request.url)
      ? done(request.is404 ? null : unsupported(), undefined)
      : void readJson(request, text, done),
  );
  fastify.addContentTypeParser<string>(FORM, options, (request, text, done) => {
    if (text.length === 0 || request.is404) return done(null, undefined);
    if (!FORM_ROUTES.test(request.url)) return done(unsupported());
    const refusal = admission.refusalOfBody(request, Buffer.byteLength(text));
    return refusal === null ? done(null, { ...parse(text) }) : done(refusal);
  });
  fastify.addContentTypeParser<string>('*', options, (request, text, done) =>
    text.length === 0 || request.is404 ? done(null, undefined) : done(unsupported()),
  );
}

function repeated(): Error {
  return new DomainError('request.invalid', 'The request body names a member more than once.');
}

function unsupported(): Error {
  return refusal('request.unsupported_media_type');
}
