import type { INestApplication } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import {
  DocumentBuilder,
  type OpenAPIObject,
  type SwaggerCustomOptions,
  SwaggerModule,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { BUSINESS_HEADER } from '../auth/business-header.js';
import { Issuer } from '../common/http/issuer.js';
import { SESSION_COOKIE } from '../common/session-secret.js';
import { httpConfig } from '../config/http.config.js';
import { ERROR_SHAPES, type ErrorShape } from '../common/errors/error-shape.js';
import { API_DOCUMENTS, type ApiDocument, type SecurityScheme } from './open-api-documents.js';
import { NAMES_SCRIPT, SESSION_SCRIPT, SESSION_STYLE } from './documentation-pages.js';
import { withRefusalExamples } from './open-api-examples.js';

interface Property {
  example?: unknown;
}

interface Schema {
  $ref?: string;
  required?: string[];
  /** Of the whole body: for those that are no object. */
  example?: unknown;
  properties?: Record<string, Property>;
}

interface RequestContent {
  schema?: Schema;
  example?: unknown;
}

interface DocumentedOperation {
  requestBody?: { content?: Record<string, RequestContent> };
}

/** Forms are not among them: Swagger UI fills in their fields one by one. */
const JSON_CONTENT = 'application/json';

/**
 * Gives every JSON body the example that Swagger UI fills in: the properties that have an `example` of their own.
 * Without it Swagger UI makes up a value for each property, and what is optional then narrows, binds or destroys more
 * than its reader asked for. So an optional property of a request has an `example` only where sending it does no harm.
 */
function withRequestExamples(document: OpenAPIObject): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item as Record<string, DocumentedOperation>)) {
      const content = operation.requestBody?.content?.[JSON_CONTENT];
      const schema = content?.schema;
      if (content === undefined || schema === undefined || content.example !== undefined) continue;
      const resolved = schema.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1) as string];
      content.example = resolved?.example ?? exampleOf(resolved?.properties ?? {});
    }
  }
  return document;
}

function exampleOf(properties: Record<string, Property>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, { example }]) => example !== undefined)
      .map(([name, { example }]) => [name, example]),
  );
}

type Addition = (builder: DocumentBuilder) => DocumentBuilder;

const SECURITY_SCHEMES: Record<SecurityScheme, Addition> = {
  bearer: (builder) =>
    builder.addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'opaque',
        description: 'A token of the business, or a platform token.',
      },
      'bearer',
    ),
  session: (builder) =>
    builder.addCookieAuth(
      SESSION_COOKIE,
      {
        type: 'apiKey',
        in: 'cookie',
        description:
          'A session, in place of a token. There is nothing to enter: sign in at /console/sign-in, and the browser sends the cookie by itself.',
      },
      'session',
    ),
  business: (builder) =>
    builder.addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: BUSINESS_HEADER,
        description: 'The business to act in (a UUID).',
      },
      'business',
    ),
  identity: (builder) =>
    builder.addBasicAuth(
      {
        type: 'http',
        scheme: 'basic',
        description: 'The id of a machine identity, and one of its secrets as the password.',
      },
      'identity',
    ),
};

/** Swagger UI at /docs with every document behind its selector; see ApiDocument for their addresses. */
export function setUpOpenApi(app: INestApplication): void {
  const addressOf = ({ name }: ApiDocument): string =>
    name === 'native' ? '/docs-json' : `/docs/${name}-json`;
  const [native, ...others] = API_DOCUMENTS as [ApiDocument, ...ApiDocument[]];
  const issuer = app.get(Issuer, { strict: false });
  // Generators refuse "/": without RESCIND_PUBLIC_URL a document names the address at which it was asked for.
  const servers = (request: FastifyRequest, _: unknown, document: OpenAPIObject): OpenAPIObject =>
    (document.servers ?? []).length > 1 ? document : { ...document, servers: [{ url: issuer.of(request) }] };
  const patched = { patchDocumentOnRequest: servers as SwaggerCustomOptions['patchDocumentOnRequest'] };
  // Documents are made when somebody first asks for them: starting is not the time to do it.
  for (const document of others) {
    const made = () => build(app, document);
    SwaggerModule.setup(`docs/${document.name}`, app, made, { ...patched, ui: false, raw: ['json'] });
    if (document.alsoAt !== undefined)
      SwaggerModule.setup(`docs/${document.name}/alias`, app, made, {
        ...patched,
        ui: false,
        raw: ['json'],
        jsonDocumentUrl: document.alsoAt,
      });
  }
  SwaggerModule.setup('docs', app, () => build(app, native), {
    ...patched,
    raw: ['json'],
    explorer: true,
    customSiteTitle: 'Rescind API',
    customJs: [NAMES_SCRIPT, SESSION_SCRIPT],
    customCss: `.swagger-ui .topbar .topbar-wrapper .link { visibility: hidden; width: 0; } ${SESSION_STYLE}`,
    swaggerOptions: {
      urls: API_DOCUMENTS.map((document) => ({ name: document.title, url: addressOf(document) })),
      // Kept, a bearer would lie in the browser's storage for whoever uses it next.
      persistAuthorization: false,
      // Otherwise every document is sent to a validator on the Internet.
      validatorUrl: null,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      docExpansion: 'list',
    },
  });
}

function build(app: INestApplication, document: ApiDocument): OpenAPIObject {
  const { publicUrl } = app.get<ConfigType<typeof httpConfig>>(httpConfig.KEY);
  const builder = new DocumentBuilder()
    .setTitle(document.title)
    .setDescription(document.description)
    .setVersion('1')
    .setOpenAPIVersion('3.0.3')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    // A generator makes an absolute address of the first; Swagger UI offers the one that it comes from as well.
    .addServer(publicUrl ?? '/');
  if (publicUrl !== undefined) builder.addServer('/', 'Where this document comes from');
  for (const scheme of document.schemes) SECURITY_SCHEMES[scheme](builder);
  for (const [name, description] of Object.entries(document.tags)) builder.addTag(name, description);
  const bare = SwaggerModule.createDocument(app, builder.build(), { include: document.modules });
  return withRefusalExamples(
    withRequestExamples(withExplicitSecurity(bare, document.schemes.includes('session'))),
    app.get<ErrorShape[]>(ERROR_SHAPES),
    document.errorsAsUnder,
  );
}

/** A session opens no other, and the handshake of a WebSocket takes none: any page may send it. */
const NOT_BY_SESSION = new Set(['openSession', 'openVerifierStream']);

/**
 * Nest lists all requirements of an operation as alternatives; a bearer and a business are needed together. What
 * needs neither says so. Where sessions are taken, one is as good as a bearer.
 */
function withExplicitSecurity(document: OpenAPIObject, takesSessions: boolean): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path as Record<string, SecuredOperation>)) {
      const requirements = operation.security ?? [];
      const together = requirements.some((each) => 'business' in each)
        ? [Object.assign({}, ...requirements) as Record<string, string[]>]
        : requirements;
      const isBySession = takesSessions && !NOT_BY_SESSION.has(operation.operationId ?? '');
      operation.security = isBySession ? together.flatMap(withSession) : together;
    }
  }
  return document;
}

function withSession(requirement: Record<string, string[]>): Record<string, string[]>[] {
  if (!('bearer' in requirement)) return [requirement];
  const others = Object.entries(requirement).filter(([scheme]) => scheme !== 'bearer');
  return [requirement, { session: [], ...Object.fromEntries(others) }];
}

interface SecuredOperation {
  operationId?: string;
  security?: Record<string, string[]>[];
}
