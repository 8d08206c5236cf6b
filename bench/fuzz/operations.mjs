// @ts-check
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

const DOCUMENTS = [
  '/docs-json',
  ...['native', 'opentrain', 'infisical', 'vcita', 'scim', 'oauth'].map((dialect) => `/docs/${dialect}-json`),
];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** OpenAPI 3.0 says `nullable`, JSON Schema says type null. */
function withNull(schema) {
  if (Array.isArray(schema)) return schema.map(withNull);
  if (schema === null || typeof schema !== 'object') return schema;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'enum' || key === 'example' ? value : withNull(value),
    ]),
  );
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
}

const ENDS_ALL = 'POST /api/v1/admin/revocations';

/** Every OpenAPI document that the running application serves. */
export async function readDocuments(client) {
  const documents = [];
  for (const address of DOCUMENTS) {
    const { status, body: document } = await client.get(address);
    if (status === 404 && address !== '/docs-json') continue;
    if (status !== 200 || !document?.paths)
      throw new Error(`${address} answered ${status} and no OpenAPI document.`);
    documents.push(document);
  }
  return documents;
}

/**
 * The operations of `documents`, but for the one that ends every token there is, the campaign's own as well.
 * @returns operations {id, method, path, parameters, body, keyHeaders, responses, resolve}; an operation in two documents counts once
 */
export function operationsIn(documents) {
  const operations = new Map();
  for (const operation of documents.flatMap(operationsOf))
    if (!operations.has(operation.id) && operation.id !== ENDS_ALL) operations.set(operation.id, operation);
  return [...operations.values()];
}

function operationsOf(document) {
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'document', ...withNull({ components: document.components ?? {} }) });
  const resolve = (item) => {
    let found = item ?? {};
    while (found.$ref)
      found = found.$ref
        .slice(2)
        .split('/')
        .reduce(
          (at, key) => at[decodeURIComponent(key.replaceAll('~1', '/').replaceAll('~0', '~'))],
          document,
        );
    return found;
  };
  const validatorOf = (schema) =>
    ajv.compile(JSON.parse(JSON.stringify(withNull(schema)).replaceAll('"$ref":"#/', '"$ref":"document#/')));
  /** Whether a value is as `schema` says; then `errors` says why not. Compiled when it is first asked. */
  const checkOf = (schema = {}) => {
    let compiled;
    /** @type {{ (value: unknown): boolean, errors?: any }} */
    const check = (value) => {
      compiled ??= validatorOf(schema);
      const fits = compiled(value);
      check.errors = compiled.errors;
      return fits;
    };
    return check;
  };
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const content = resolve(operation.requestBody).content ?? {};
      return {
        id: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])]
          .map(resolve)
          .map((parameter) => ({ ...parameter, allows: checkOf(parameter.schema) })),
        body:
          Object.entries(content).map(([type, { schema }]) => ({
            type,
            schema,
            allows: checkOf(schema),
          }))[0] ?? null,
        keyHeaders: keyHeadersOf(operation.security ?? document.security ?? [], document),
        responses: responsesOf(operation, resolve, checkOf),
        resolve,
      };
    }),
  );
}

/** The headers, in lower case, that the operation's security wants besides the bearer secret, such as the business. */
function keyHeadersOf(security, document) {
  const names = security
    .flatMap(Object.keys)
    .map((name) => document.components?.securitySchemes?.[name])
    .filter((scheme) => scheme?.type === 'apiKey' && scheme.in === 'header')
    .map(({ name }) => name.toLowerCase());
  // Several ways to prove who calls may want the same one.
  return [...new Set(names)];
}

/** Status (or 4XX, default) to media type to validator; a body without a schema validates as anything. */
function responsesOf(operation, resolve, checkOf) {
  return Object.fromEntries(
    Object.entries(operation.responses).map(([status, response]) => [
      status.toUpperCase(),
      Object.entries(resolve(response).content ?? {}).map(([type, { schema }]) => ({
        type,
        validate: checkOf(schema),
      })),
    ]),
  );
}
