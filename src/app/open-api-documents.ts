import type { Type } from '@nestjs/common';
import { AdministrationModule } from '../administration/administration.module.js';
import { AuditApiModule } from '../audit-api/audit-api.module.js';
import { InfisicalModule } from '../dialects/infisical/infisical.module.js';
import { OpenTrainModule } from '../dialects/opentrain/opentrain.module.js';
import { VcitaModule } from '../dialects/vcita/vcita.module.js';
import { GatewayModule } from '../dialects/gateway/gateway.module.js';
import { HealthModule } from '../health/health.module.js';
import { HygieneModule } from '../hygiene/hygiene.module.js';
import { InsightModule } from '../insight/insight.module.js';
import { LeaksModule } from '../leaks/leaks.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { OAuthModule } from '../dialects/oauth/oauth.module.js';
import { BulkRevocationsModule } from '../revocations/bulk/bulk-revocations.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { ScimModule } from '../dialects/scim/scim.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { VerifierStreamModule } from '../verifier-stream/verifier-stream.module.js';
import { VerificationApiModule } from '../verification-api/verification-api.module.js';

/** One entry of Swagger UI's selector. */
export interface ApiDocument {
  /** Its JSON is served at `/docs/<name>-json`; that of `native` at `/docs-json`. */
  name: string;
  /** Where else its JSON is served: where clients of the original look for it. */
  alsoAt?: string;
  /** For a dialect that shares addresses with another: a path under which all errors are its own. */
  errorsAsUnder?: string;
  title: string;
  description: string;
  /** Its routes: those of the controllers of these modules. */
  modules: Type[];
  tags: Record<string, string>;
  /** How its callers prove who they are; the names are those of SECURITY_SCHEMES. */
  schemes: SecurityScheme[];
}

export type SecurityScheme = 'bearer' | 'business' | 'identity' | 'session';

/** Every route of the application stands in exactly one of these. */
export const API_DOCUMENTS: ApiDocument[] = [
  {
    name: 'native',
    title: 'Rescind',
    description:
      'API tokens per business: issue, verify, rotate, revoke, audit. Revoked means refused: everywhere, at once, and provably.\n\n' +
      'To try it: sign in (above), or press **Authorize**, enter a token as `bearer` (the first start prints the platform token) and the id of a business as `business`; `POST /api/v1/admin/businesses` makes one and needs the first of them only.',
    modules: [
      TokensModule,
      BulkRevocationsModule,
      InsightModule,
      VerificationApiModule,
      VerifierStreamModule,
      AdministrationModule,
      SessionsModule,
      AuditApiModule,
      LeaksModule,
      SignInModule,
      HygieneModule,
      HealthModule,
      MetricsModule,
    ],
    tags: {
      tokens: 'Issue tokens to the people and machines of a business, and take them back.',
      verification: 'Ask whether a secret is good.',
      revocations:
        'Take many tokens back at once, with a preview, and with a second person where that is demanded.',
      members: 'The people of a business and their roles.',
      identities: 'The machine identities of a business.',
      sessions:
        'Sign in, and act with a cookie in place of a token: every operation here takes a session as well. One that changes something takes it only from pages of the same origin, and answers 403 `session.cross_site` to all others.',
      'sign-in': 'Where browsers and OpenID providers go: for people, not for programs.',
      audit: 'Who did what, when and why.',
      reports: 'What stands out among the tokens of a business.',
      leaks: 'Report secrets that were found where they should not be.',
      platform: 'Businesses and platform tokens: for whoever runs Rescind.',
      operations: 'Health and metrics.',
    },
    schemes: ['bearer', 'business', 'session'],
  },
  {
    name: 'opentrain',
    alsoAt: 'api/public/v1/openapi.json',
    title: 'OpenTrain dialect',
    description:
      "For clients written for OpenTrain: change the base URL and the credential. The account is the calling token's owner in its business. What differs from the original is in [dialects](/docs/dialects.md).",
    modules: [OpenTrainModule],
    tags: { opentrain: 'Create, list and revoke the tokens of an account, and ask who calls.' },
    schemes: ['bearer'],
  },
  {
    name: 'infisical',
    errorsAsUnder: '/api/v1/auth',
    title: 'Infisical dialect',
    description:
      "For clients written for Infisical's Token Auth: change the base URL and the credential. The organization is the business, an identity a machine identity. `/api/v1/identities` and what is below it are these where a request has no `x-business-id`, and the native API where it has. What differs from the original is in [dialects](/docs/dialects.md).",
    modules: [InfisicalModule],
    tags: {
      infisical: 'Identities and their Token Auth: terms, tokens, and what holders of a secret may do.',
    },
    schemes: ['bearer'],
  },
  {
    name: 'vcita',
    title: 'vcita dialect',
    description:
      'For clients written for vcita: change the base URL and the credential. An app is a machine identity, a user a member, the directory the platform. What differs from the original is in [dialects](/docs/dialects.md).',
    modules: [VcitaModule],
    tags: { vcita: 'Create, list and revoke tokens; every success is a 201.' },
    schemes: ['bearer'],
  },
  {
    name: 'scim',
    title: 'SCIM 2.0',
    description:
      'For directories such as Okta and Entra ID (RFC 7643, RFC 7644): they add, change and remove the members of a business. The credential is a token of the business with `rescind:directory:write`. What is supported is in [dialects](/docs/dialects.md).',
    modules: [ScimModule],
    tags: { scim: 'Users and groups; bodies are application/scim+json.' },
    schemes: ['bearer'],
  },
  {
    name: 'oauth',
    title: 'OAuth and gateway',
    description:
      'The standards: token revocation (RFC 7009), introspection (RFC 7662), discovery (RFC 8414, RFC 9728), and the question that a reverse proxy asks before it lets a request through.',
    modules: [OAuthModule, GatewayModule],
    tags: {
      oauth: 'Revoke and introspect, form-encoded.',
      discovery: 'Where the endpoints are, and the public keys.',
      gateway: 'Forward authentication for nginx, Caddy, Traefik and Envoy.',
    },
    schemes: ['bearer', 'identity'],
  },
];
