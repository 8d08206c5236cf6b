import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { BUSINESS_HEADER } from './auth/business-header.js';

const TAGS: [string, string][] = [
  ['tokens', 'Issue tokens to the people and machines of a business, and take them back.'],
  ['verification', 'Ask whether a secret is good.'],
  ['members', 'The people of a business and their roles.'],
  ['identities', 'The machine identities of a business.'],
  ['audit', 'Who did what, when and why.'],
  ['platform', 'Businesses and platform tokens: for whoever runs Rescind.'],
  ['operations', 'Health and metrics.'],
];

/** The OpenAPI document of the native dialect. */
function nativeDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Rescind')
    .setDescription(
      'API tokens per business: issue, verify, rotate, revoke, audit. Revoked means refused: everywhere, at once, and provably.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.0.3')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'A token of the business, or a platform token.' },
      'bearer',
    )
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: BUSINESS_HEADER,
        description: 'The business to act in (a UUID).',
      },
      'business',
    );
  for (const [name, description] of TAGS) builder.addTag(name, description);
  return withJointSecurity(SwaggerModule.createDocument(app, builder.build()));
}

/** Nest lists two requirements of an operation as alternatives; here both are needed. */
function withJointSecurity(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(
      path as Record<string, { security?: Record<string, string[]>[] }>,
    )) {
      const { security } = operation;
      operation.security =
        security === undefined ? [] : [Object.assign({}, ...security) as Record<string, string[]>];
    }
  }
  return document;
}

/** Swagger UI at /docs, its document at /docs-json. */
export function setUpOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, nativeDocument(app), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Rescind API',
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      docExpansion: 'list',
    },
  });
}
