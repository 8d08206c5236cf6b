import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { SWAGGER_UI_SESSION } from './swagger-ui-session.js';

/**
 * A script for Swagger UI's page, which leaves choices, bodies and a button without a name: who listens to the page
 * hears what each is for.
 */
const SWAGGER_UI_NAMES = `
const nameAll = () => {
  for (const choice of document.querySelectorAll('.swagger-ui select:not([aria-label])')) {
    const parameter = choice.closest('[data-param-name]');
    if (choice.id === 'servers') choice.setAttribute('aria-label', 'Server');
    else if (parameter) choice.setAttribute('aria-label', parameter.dataset.paramName);
  }
  for (const body of document.querySelectorAll('.swagger-ui .body-param__text:not([aria-label])'))
    body.setAttribute('aria-label', 'Request body');
  for (const button of document.querySelectorAll('.swagger-ui .close-modal:not([aria-label])'))
    button.setAttribute('aria-label', 'Close');
};
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
`;

/** Where Swagger UI's page finds the script that names its controls. */
export const NAMES_SCRIPT = '/docs/names.js';
/** And the one that says who is signed in. */
export const SESSION_SCRIPT = '/docs/session.js';

/** The files of `docs` that the OpenAPI documents point to, served beside them at `/docs/…`. */
export const DOCUMENTATION_PAGES = [
  'audit.md',
  'dialects.md',
  'verifier-protocol.md',
  'gateways/README.md',
  'gateways/Caddyfile',
  'gateways/envoy.yaml',
  'gateways/nginx.conf',
  'gateways/rescind-identity.conf',
  'gateways/traefik.yaml',
  'introspection/README.md',
  'introspection/apache.conf',
];

/**
 * What Swagger UI's page may do: run its own scripts and talk to this server. Its style is partly in attributes and
 * its icons are data. Nobody may put it into a frame: a click there could be a revocation.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** What Swagger UI's page loads; of its package nothing else is served. */
const SWAGGER_UI_FILES = /^(swagger-ui(-bundle|-standalone-preset)?\.(js|css)|favicon-\d+x\d+\.png)$/;

/** Protects all that is served under `/docs`, serves the pages there, and leads from `/` to Swagger UI. */
export function serveDocumentation(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    // The route, not the address alone: that can spell the same page with percent signs.
    const { url: route = request.url } = request.routeOptions;
    if (route.startsWith('/docs')) void reply.headers(HEADERS);
    const file = (request.params as { '*'?: string } | undefined)?.['*'];
    if (route.startsWith('/docs/') && file !== undefined && !SWAGGER_UI_FILES.test(file))
      return reply.callNotFound();
    done();
  });
  fastify.get('/', (_request, reply) => reply.redirect('/docs'));
  for (const [address, script] of [
    [NAMES_SCRIPT, SWAGGER_UI_NAMES],
    [SESSION_SCRIPT, SWAGGER_UI_SESSION],
  ] as const)
    fastify.get(address, (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script));
  for (const page of DOCUMENTATION_PAGES) {
    const file = new URL(`../../docs/${page}`, import.meta.url);
    fastify.get(`/docs/${page}`, (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(readFileSync(file)),
    );
  }
}
