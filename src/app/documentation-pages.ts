import { existsSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

/**
 * A script for Swagger UI's page: says above it who is signed in, or leads to the sign-in of the console and back. The browser
 * sends the cookie of the session with each call by itself, and says with changes that a page of our own asks for them; the
 * script never sees its secret and stores nothing. It enters the business of the session under "Authorize", where whoever
 * acts for the platform enters one.
 */
const SWAGGER_UI_SESSION = `
const bar = document.createElement('div');
bar.id = 'session';
bar.setAttribute('role', 'region');
bar.setAttribute('aria-label', 'Session');

const link = (text, href) => Object.assign(document.createElement('a'), { textContent: text, href });

const here = () => (location.pathname === '/docs' ? '/docs' + location.search + location.hash : '/docs');

const signedOut = () => {
  const signIn = link('Sign in', '/console/sign-in?return_to=%2Fdocs');
  // What is unfolded on the page is in its address, and changes.
  signIn.addEventListener('click', () => {
    signIn.href = '/console/sign-in?' + new URLSearchParams({ return_to: here() });
  });
  bar.replaceChildren('Nobody is signed in. ', signIn, ' to execute with your session, or press Authorize to enter a token.');
};

const authorizeBusiness = (id) => {
  const enter = () => Boolean(window.ui && window.ui.preauthorizeApiKey('business', id));
  if (enter()) return;
  // The document is still being read.
  const observer = new MutationObserver(() => {
    if (enter()) observer.disconnect();
  });
  observer.observe(document.body, { childList: true, subtree: true });
};

const signedIn = ({ person, business }) => {
  const who = document.createElement('strong');
  who.append(Object.assign(document.createElement('bdi'), { textContent: person.name }));
  const where = document.createElement('bdi');
  where.textContent = business === null ? 'the platform' : business.name;
  bar.replaceChildren('Signed in as ', who, ', ', where, '. Operations are executed with your session. ', link('Console', '/console/'));
  if (business !== null) authorizeBusiness(business.id);
};

document.body.prepend(bar);
fetch('/api/v1/sessions/current', { credentials: 'same-origin', cache: 'no-store' }).then(
  async (answer) => (answer.ok ? signedIn(await answer.json()) : signedOut()),
  () => undefined,
);
`;

/** Its style. */
export const SESSION_STYLE =
  '#session { padding: 10px 20px; background: #fff; color: #3b4151; font: 14px sans-serif; } #session:empty { display: none; }';

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

/** Where the page is, and beside it what it is made of. */
const AUDIT_VERIFY_PAGE = '/audit/verify';

const VERIFY_FILES = {
  [AUDIT_VERIFY_PAGE]: ['verify.html', 'text/html; charset=utf-8'],
  [`${AUDIT_VERIFY_PAGE}.js`]: ['verify.js', 'text/javascript; charset=utf-8'],
  [`${AUDIT_VERIFY_PAGE}.css`]: ['verify.css', 'text/css; charset=utf-8'],
} as const;

/** The page runs its own script and talks to nobody: what is dropped on it stays there. */
const VERIFY_HEADERS = {
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
  for (const [path, [name, type]] of Object.entries(VERIFY_FILES)) {
    const file = new URL(`../pages/audit-verify/${name}`, import.meta.url);
    if (!existsSync(file)) continue;
    const content = readFileSync(file);
    fastify.get(path, (_request, reply) => reply.headers(VERIFY_HEADERS).type(type).send(content));
  }
}
