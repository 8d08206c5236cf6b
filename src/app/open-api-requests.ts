import type { OpenAPIObject } from '@nestjs/swagger';

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
export function withRequestExamples(document: OpenAPIObject): OpenAPIObject {
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
