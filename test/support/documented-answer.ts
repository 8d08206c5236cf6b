import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { documentOf, operationsOf, type Operation } from './operations.js';

const validators = new Map<string, ValidateFunction>();

interface Given {
  status: number;
  body: unknown;
}

/**
 * Fails unless the application's own document describes an answer of this status and shape. Additional fields are
 * refused as well, so that an undocumented one cannot slip out. Paths that the document leaves out are not judged.
 * @param namesBusiness see documentOf
 * @throws Error naming the operation and what differs
 */
export async function demandDocumented(
  url: string,
  method: string,
  path: string,
  { status, body }: Given,
  namesBusiness = true,
): Promise<void> {
  const documentName = documentOf(method, path, namesBusiness);
  const { document, operations } = await operationsOf(url, documentName);
  const operation = operations.find((each) => each.method === method && each.matches(path));
  if (operation === undefined) return;
  const response = operation.responses[status];
  const name = `${operation.method} ${operation.path} -> ${status}`;
  if (response === undefined) throw new Error(`${name} is not documented: ${JSON.stringify(body)}`);
  const schema = (response.content?.['application/json'] ?? response.content?.['application/scim+json'])
    ?.schema;
  if (schema === undefined) return;
  const key = `${url} ${documentName} ${name}`;
  let validate = validators.get(key);
  if (validate === undefined) {
    validate = compile(schema, document.components?.schemas ?? {});
    validators.set(key, validate);
  }
  if (!validate(body))
    throw new Error(
      `${name} is not as documented: ${JSON.stringify(validate.errors)} in ${JSON.stringify(body)}`,
    );
}

export type Schema = Record<string, unknown>;

function compile(schema: Schema, components: Record<string, Schema>): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const closed = Object.fromEntries(
    Object.entries(components).map(([name, each]) => [name, closing(each) as Schema]),
  );
  return ajv.compile({ ...(closing(schema) as Schema), components: { schemas: closed } });
}

/** OpenAPI 3.0 in the words of JSON Schema: `nullable` as a type, and objects closed to what they do not name. */
function closing(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closing);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Schema;
  const walked = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, closing(value)]));
  const composed = 'allOf' in rest || 'oneOf' in rest || 'anyOf' in rest;
  if (typeof rest.properties === 'object' && rest.additionalProperties === undefined && !composed)
    walked.additionalProperties = false;
  return nullable === true ? { anyOf: [{ type: 'null' }, walked] } : walked;
}

export type { Operation };
