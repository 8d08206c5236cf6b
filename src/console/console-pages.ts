import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import serveFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the console is. */
export const CONSOLE = '/console';

const YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * React Aria adds one style element, which tells touch screens what a press is. Its hash is of react-aria-components
 * 1.22; without it nothing is lost but that, and the browser would report it.
 */
const STYLE_OF_REACT_ARIA = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

/**
 * What the console may do: run the scripts that were built, and talk to this service. No script can be made from a text,
 * not by a fault of the console's own either, and no other page can show it in a frame.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${STYLE_OF_REACT_ARIA}`,
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const NOT_BUILT =
  'The console is not part of this build of Rescind: `npm run build` makes it. Everything else works without it.\n';

/**
 * Serves the console of `packages/console`, built into `dist/pages/console`. It holds nothing of this installation, so anybody
 * may have it: what a person may see is decided by the API that it calls. Every address below it that is no file gives
 * its page, which finds the screen. Files whose names hold their hash are kept by browsers for a year; the page is asked
 * for each time.
 * @param folder where it has been built; without it the console says so, and nothing else is missing
 */
export function serveConsole(
  fastify: FastifyInstance,
  folder = fileURLToPath(new URL('../pages/console', import.meta.url)),
): void {
  const file = join(folder, 'index.html');
  if (!existsSync(file)) {
    const say = (_request: FastifyRequest, reply: FastifyReply) =>
      reply.status(404).headers(HEADERS).type('text/plain; charset=utf-8').send(NOT_BUILT);
    fastify.get(CONSOLE, say).get(`${CONSOLE}/*`, say);
    return;
  }
  const page = readFileSync(file);
  const show = (request: FastifyRequest, reply: FastifyReply) => {
    const [path] = request.url.split('?', 1);
    if (extname(path ?? '') !== '') return reply.callNotFound();
    return reply.headers(HEADERS).type('text/html; charset=utf-8').send(page);
  };
  fastify.get(CONSOLE, show).get(`${CONSOLE}/*`, show);
  fastify.register(serveFiles, {
    root: join(folder, 'assets'),
    prefix: `${CONSOLE}/assets/`,
    decorateReply: false,
    index: false,
    redirect: false,
    preCompressed: true,
    immutable: true,
    maxAge: YEAR_MS,
    setHeaders: (reply) => void reply.headers(HEADERS),
  });
}
