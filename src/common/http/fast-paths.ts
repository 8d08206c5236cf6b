import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { isPipelinedTooFar } from './limited-server.js';
import { FOR_OWN_PAGES, hasSessionCookie } from '../session-secret.js';
import { CLIENT_REQUEST_ID_HEADER, clientRequestIdOf, newRequestId } from '../request-id.js';

/** Longer bodies are left to the framework: a request for a fast path has a few hundred bytes. */
const BODY_BYTES_MAX = 2048;

/** The answer to a request with a body, always with status 200. */
export interface CachedResponse {
  text: string;
  /** Length of `text` in UTF-8. */
  bytes: number;
}

/**
 * Answers the plain form of one kind of POST request before the framework sees it, from what this process holds in
 * memory. A request that it does not answer takes the ordinary path, as if nothing had been tried. So a fast path must
 * give exactly the answer of the ordinary path, and must change nothing if it gives none.
 */
export interface FastPath {
  /** The exact request target; it is also the name of the route. */
  readonly path: string;
  readonly contentType: RegExp;
  /** @returns null if this fast path does not answer. Throwing means the same. */
  answer(request: IncomingMessage, body: string): CachedResponse | null;
}

/** The same for one kind of request without a body, with any method: the whole answer is in its header fields. */
export interface BodylessFastPath {
  /** The name of the route. */
  readonly path: string;
  /** Whether a request target is one of this kind. */
  isAsked(target: string): boolean;
  /** @returns names and values of header fields, alternating; null and throwing mean the same as in FastPath */
  answer(request: IncomingMessage): readonly string[] | null;
}

/** Called when a request has been answered. */
export type Observe = (
  id: string,
  method: string,
  status: number,
  milliseconds: number,
  request: IncomingMessage,
) => void;

/** Puts fast paths in front of the present listeners of `server`, until `close`. */
export class FastPaths {
  private readonly ways = new Map<string, { fastPath: FastPath; observe: Observe }>();
  private readonly bodyless: readonly { fastPath: BodylessFastPath; observe: Observe }[];
  private readonly ordinary: RequestListener;
  private open = true;

  constructor(
    server: Server,
    fastPaths: readonly FastPath[],
    bodyless: readonly BodylessFastPath[],
    observerOf: (route: string) => Observe,
  ) {
    for (const fastPath of fastPaths)
      this.ways.set(fastPath.path, { fastPath, observe: observerOf(fastPath.path) });
    this.bodyless = bodyless.map((fastPath) => ({ fastPath, observe: observerOf(fastPath.path) }));
    const [ordinary, ...others] = server.listeners('request') as RequestListener[];
    if (ordinary === undefined || others.length > 0) throw new Error('one listener was expected');
    this.ordinary = ordinary;
    server.removeListener('request', ordinary);
    server.on('request', (request, response) => this.take(request, response));
  }

  /** From now on every request takes the ordinary path. */
  close(): void {
    this.open = false;
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    if (isPipelinedTooFar(request, response) || this.answerBodyless(request, response)) return;
    const way = request.method === 'POST' && this.open ? this.ways.get(request.url as string) : undefined;
    const length = way === undefined ? 0 : bodyLengthOf(request, way.fastPath.contentType);
    if (way === undefined || length === 0) {
      this.ordinary(request, response);
      return;
    }
    const startedMs = performance.now();
    const read = (chunk: Buffer): void => {
      request.removeListener('data', read);
      const answer =
        chunk.length === length ? attempt(() => way.fastPath.answer(request, chunk.toString())) : null;
      if (answer === null) {
        // As if it had never been read.
        request.pause();
        request.unshift(chunk);
        this.ordinary(request, response);
        return;
      }
      const id = newRequestId();
      send(response, openingFields(id, request), answer);
      way.observe(id, 'POST', 200, performance.now() - startedMs, request);
    };
    request.on('data', read);
  }

  /** Whether it did. */
  private answerBodyless(request: IncomingMessage, response: ServerResponse): boolean {
    const { headers } = request;
    if (!this.open || headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
      return false;
    for (const { fastPath, observe } of this.bodyless) {
      if (!fastPath.isAsked(request.url as string)) continue;
      const startedMs = performance.now();
      const fields = attempt(() => fastPath.answer(request));
      if (fields === null) return false;
      const id = newRequestId();
      response.writeHead(200, [...openingFields(id, request), ...fields, 'content-length', '0']);
      response.end();
      observe(id, request.method as string, 200, performance.now() - startedMs, request);
      return true;
    }
    return false;
  }
}

/** The length of a body that may be read in one piece; 0: it may not. */
function bodyLengthOf({ headers }: IncomingMessage, contentType: RegExp): number {
  if (headers['transfer-encoding'] !== undefined || !contentType.test(headers['content-type'] ?? ''))
    return 0;
  const length = Number(headers['content-length']);
  return length <= BODY_BYTES_MAX ? length : 0;
}

function attempt<Answer>(answer: () => Answer | null): Answer | null {
  try {
    return answer();
  } catch {
    return null;
  }
}

/** The header fields of every answer, in the order of the ordinary path. */
function openingFields(id: string, request: IncomingMessage): string[] {
  const theirs = clientRequestIdOf(request);
  const fields = ['x-request-id', id];
  if (theirs !== undefined) fields.push(CLIENT_REQUEST_ID_HEADER, theirs);
  fields.push('cache-control', 'no-store');
  if (hasSessionCookie(request.headers)) fields.push(...Object.entries(FOR_OWN_PAGES).flat());
  return fields;
}

function send(response: ServerResponse, opening: readonly string[], { text, bytes }: CachedResponse): void {
  response.writeHead(200, [
    ...opening,
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(bytes),
  ]);
  response.end(text);
}
