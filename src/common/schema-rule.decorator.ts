import { ApiSchema, type ApiSchemaOptions } from '@nestjs/swagger';

interface Rule {
  required?: string[];
  properties?: Record<string, { type?: 'string'; minLength?: number }>;
  example?: Record<string, string>;
  minProperties?: number;
  maxProperties?: number;
  not?: Rule;
  anyOf?: Rule[];
  oneOf?: Rule[];
}

/**
 * What the schema of a body says of its members together, where the service decides over them together. It documents
 * alone: `npm run fuzz` finds a rule that lets through what the service refuses.
 */
export const SchemaRule = (rule: Rule): ClassDecorator => ApiSchema(rule as ApiSchemaOptions);

/** A text for one of these members at least. */
export const holds = (...names: string[]): Rule => ({
  anyOf: names.map((name) => ({
    required: [name],
    properties: { [name]: { type: 'string', minLength: 1 } },
  })),
});

/** None of these members. */
export const lacks = (...names: string[]): Rule => ({
  not: { anyOf: names.map((name) => ({ required: [name], properties: { [name]: {} } })) },
});
