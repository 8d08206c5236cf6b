import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { isPipelinedTooFar } from './limited-server.js';
import { requestIdOf } from '../request-id.js';

/** A body longer than this is read by the framework: what a shortcut answers is asked for in a few hundred bytes. */
const BODY_BYTES_MAX = 2048;

/** What a shortcut answers, always with the status 200. */
export interface ShortAnswer {
  text: string;
  /** Length of `text` in UTF-8. */
  bytes: number;
}

/**
 * Answers the plain form of one kind of POST request before the framework sees it, from what this process holds in
 * memory. Whatever it does not answer goes the ordinary way, as if nothing had been tried; so a shortcut must give the
 * very answer of the ordinary way, and touch nothing when it gives none.
 */
export interface Shortcut {
  /** The request target, to the letter; it is the name of the route as well. */
  readonly path: string;
  readonly contentType: RegExp;
  /** @returns null when it is not for this shortcut to answer. Throwing means the same. */
  answer(request: IncomingMessage, body: string): ShortAnswer | null;
}

/** What to call when a request has been answered. */
export type Observe = (id: string, method: string, status: number, milliseconds: number) => void;

/** Puts shortcuts in front of what listens to `server` now. They end with `close`. */
export class Shortcuts {
  private readonly ways = new Map<string, { shortcut: Shortcut; observe: Observe }>();
  private readonly ordinary: RequestListener;
  private open = true;

  constructor(server: Server, shortcuts: readonly Shortcut[], observerOf: (route: string) => Observe) {
    for (const shortcut of shortcuts)
      this.ways.set(shortcut.path, { shortcut, observe: observerOf(shortcut.path) });
    const [ordinary, ...others] = server.listeners('request') as RequestListener[];
    if (ordinary === undefined || others.length > 0) throw new Error('one listener was expected');
    this.ordinary = ordinary;
    server.removeListener('request', ordinary);
    server.on('request', (request, response) => this.take(request, response));
  }

  /** From now on every request goes the ordinary way. */
  close(): void {
    this.open = false;
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    if (isPipelinedTooFar(request, response)) return;
    const way = request.method === 'POST' && this.open ? this.ways.get(request.url as string) : undefined;
    const length = way === undefined ? 0 : bodyLengthOf(request, way.shortcut.contentType);
    if (way === undefined || length === 0) {
      this.ordinary(request, response);
      return;
    }
    const startedMs = performance.now();
    const read = (chunk: Buffer): void => {
      request.removeListener('data', read);
      const answer = chunk.length === length ? attempt(way.shortcut, request, chunk) : null;
      if (answer === null) {
        // As if it had never been read.
        request.pause();
        request.unshift(chunk);
        this.ordinary(request, response);
        return;
      }
      const id = requestIdOf(request);
      send(response, id, answer);
      way.observe(id, 'POST', 200, performance.now() - startedMs);
    };
    request.on('data', read);
  }
}

/** The length of a body that may be read in one piece; 0: of one that may not. */
function bodyLengthOf({ headers }: IncomingMessage, contentType: RegExp): number {
  if (headers['transfer-encoding'] !== undefined || !contentType.test(headers['content-type'] ?? ''))
    return 0;
  const length = Number(headers['content-length']);
  return length <= BODY_BYTES_MAX ? length : 0;
}

function attempt(shortcut: Shortcut, request: IncomingMessage, body: Buffer): ShortAnswer | null {
  try {
    return shortcut.answer(request, body.toString());
  } catch {
    return null;
  }
}

/** The header fields that every answer has, and in the order of the ordinary way. */
function send(response: ServerResponse, id: string, { text, bytes }: ShortAnswer): void {
  response.writeHead(200, [
    'x-request-id',
    id,
    'cache-control',
    'no-store',
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(bytes),
  ]);
  response.end(text);
}
