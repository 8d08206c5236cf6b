import { existsSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

/** Where the page is, and beside it what it is made of. */
const AUDIT_VERIFY_PAGE = '/audit/verify';

const FILES = {
  [AUDIT_VERIFY_PAGE]: ['verify.html', 'text/html; charset=utf-8'],
  [`${AUDIT_VERIFY_PAGE}.js`]: ['verify.js', 'text/javascript; charset=utf-8'],
  [`${AUDIT_VERIFY_PAGE}.css`]: ['verify.css', 'text/css; charset=utf-8'],
} as const;

/** The page runs its own script and talks to nobody: what is dropped on it stays there. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Serves the page of `pages/audit-verify`, which verifies exports and receipts in the browser. It holds nothing of this
 * installation, so anybody may have it. A build without its pages, as by the compiler alone, does not have it.
 */
export function serveAuditVerifyPage(fastify: FastifyInstance): void {
  for (const [path, [name, type]] of Object.entries(FILES)) {
    const file = new URL(`../pages/audit-verify/${name}`, import.meta.url);
    if (!existsSync(file)) continue;
    const content = readFileSync(file);
    fastify.get(path, (_request, reply) => reply.headers(HEADERS).type(type).send(content));
  }
}
