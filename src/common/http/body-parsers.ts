import { parse } from 'node:querystring';
import { Readable } from 'node:stream';
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { FastifyBodyParser, FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { DomainError, refusal } from '../errors/domain-error.js';

/** What a body may be at most. */
export interface BodyLimits {
  bytesMax: number;
  valuesMax: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    lateBody?: BodyLimits;
  }
}

/** What is asked before a body is parsed. */
interface BodyChecks {
  /** @param bytes its length */
  refusalOfBody(request: FastifyRequest, bytes: number): DomainError | null;
}

/** Maximum depth. No valid body has more than three levels; thousands would exhaust the stack of the validator. */
const NESTING_MAX = 16;

/**
 * Maximum of members and elements of a body. The largest valid body, with a hundred trusted addresses, has four hundred.
 * The validator takes some ten microseconds for each, so this many take a few milliseconds.
 */
export const VALUES_MAX = 512;

/**
 * Checks that a text is within the limits of a body, before it is parsed. Linear in the length of the text, and much
 * cheaper than parsing it.
 * @param valuesMax of the whole body; one object has no more than VALUES_MAX members in any
 * @returns how many members its objects have, if it is JSON at all
 * @throws DomainError `request.invalid` when it exceeds a limit
 */
export function boundedMembersOf(text: string, valuesMax = VALUES_MAX): number {
  let members = 0;
  let values = 0;
  let depth = 0;
  const membersAt: number[] = [];
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        values++;
        if (++depth > NESTING_MAX)
          throw new DomainError('request.invalid', 'The request body is nested too deeply.');
        membersAt[depth] = 0;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth--;
        break;
      case COLON:
        members++;
        if ((membersAt[depth] = (membersAt[depth] ?? 0) + 1) > VALUES_MAX) throw tooManyValues(VALUES_MAX);
        break;
      case COMMA:
        values++;
        break;
    }
    if (values > valuesMax) throw tooManyValues(valuesMax);
  }
  return members;
}

function tooManyValues(max: number): DomainError {
  return new DomainError('request.invalid', `The request body has more than ${max} values.`);
}

/**
 * Whether an object in the text names a member twice, of which one reader takes the first and another the last
 * (RFC 8259 §4).
 * @param value what the text was parsed to: of members with one name, the parser has kept one
 * @param members how many the text has
 */
export function repeatsMembers(value: unknown, members: number): boolean {
  return membersOf(value) !== members;
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (!Array.isArray(value)) members = Object.keys(value).length;
  for (const inner of Object.values(value)) members += membersOf(inner);
  return members;
}

/** The index of the quote that closes the string, or of the end of the text. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index++;
    else if (code === QUOTE) break;
  }
  return index;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

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
  checks: BodyChecks,
): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  const options = { parseAs: 'string', bodyLimit: bodyBytesMax } as const;
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRoute', leaveForLater);
  const FORM = 'application/x-www-form-urlencoded';
  const readJson: FastifyBodyParser<string> = (request, text, done) => {
    if (text.length === 0 || request.is404) return done(null, undefined);
    if (FORM_ROUTES.test(request.url)) return done(unsupported());
    const refusal = checks.refusalOfBody(request, Buffer.byteLength(text));
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
    const refusal = checks.refusalOfBody(request, Buffer.byteLength(text));
    return refusal === null ? done(null, { ...parse(text) }) : done(refusal);
  });
  fastify.addContentTypeParser<string>('*', options, (request, text, done) =>
    text.length === 0 || request.is404 ? done(null, undefined) : done(unsupported()),
  );
}

/** The declared length of the body; Infinity: not declared. Bodies of GET and HEAD are never read. */
export function declaredBytesOf({ method, headers }: FastifyRequest): number {
  if (method === 'GET' || method === 'HEAD') return 0;
  if (headers['transfer-encoding'] !== undefined) return Infinity;
  return Number(headers['content-length'] ?? 0);
}

/** In place of a body that is still on the connection: it is judged by its type and length, and parsed to null. */
const STAND_IN = 'null';

function leaveForLater(route: RouteOptions): void {
  const bytesMax = route.config?.lateBody?.bytesMax;
  if (bytesMax === undefined) return;
  route.bodyLimit = bytesMax;
  route.preParsing = (request, _reply, payload, done) => {
    const declared = declaredBytesOf(request);
    if (declared === 0) return done(null, payload);
    const receivedEncodedLength = declared === Infinity ? 0 : declared;
    if (receivedEncodedLength > bytesMax) return done(tooLarge(bytesMax));
    return done(null, Object.assign(Readable.from([STAND_IN]), { receivedEncodedLength }));
  };
}

/** Whether the body of the request was left on the connection: see {@link readLateBody}. */
export function hasLateBody({ routeOptions, body }: FastifyRequest): boolean {
  return routeOptions.config.lateBody !== undefined && body === null;
}

/**
 * Reads and parses a body that was left on the connection, each step in a turn of its own: a megabyte takes some ten
 * milliseconds to parse. Its caller is known, so it is held to the quotas of its business, and its address pays for nothing.
 * @throws DomainError `request.too_large`, `request.invalid`, which say the limit; what the parser throws
 */
export async function readLateBody(request: FastifyRequest): Promise<unknown> {
  const { bytesMax, valuesMax } = request.routeOptions.config.lateBody as BodyLimits;
  const text = await textOf(request, bytesMax);
  if (text.length === 0) return undefined;
  const members = boundedMembersOf(text, valuesMax);
  await othersFirst();
  const value = await new Promise((resolve, reject) => {
    const parseJson = request.server.getDefaultJsonParser('error', 'error');
    void parseJson(request, text, (error, parsed) => (error === null ? resolve(parsed) : reject(error)));
  });
  await othersFirst();
  if (repeatsMembers(value, members)) throw repeated();
  return value;
}

async function textOf(request: FastifyRequest, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Without its connection it could not be answered.
    for await (const chunk of request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      chunks.push(chunk);
    }
  } catch (error) {
    // Whoever ends the connection has not sent a body.
    throw error instanceof DomainError ? error : refusal('request.invalid');
  } finally {
    // What is left of it stands before the next request on the connection.
    request.raw.resume();
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(bytesMax: number): DomainError {
  return new DomainError('request.too_large', `The request body is larger than ${bytesMax} bytes.`);
}

function repeated(): Error {
  return new DomainError('request.invalid', 'The request body names a member more than once.');
}

function unsupported(): Error {
  return refusal('request.unsupported_media_type');
}
