import { exchange } from './exchange.js';
import type { Schema } from './documented-answer.js';

interface OpenApiOperation {
  operationId?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

interface OpenApiDocument {
  paths: Record<string, Record<string, OpenApiOperation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation extends OpenApiOperation {
  method: string;
  path: string;
  needsBearer: boolean;
  needsBusiness: boolean;
  /** Whether a concrete path is one of this operation's; literal segments win over parameters by order. */
  matches(path: string): boolean;
  /** Its path with every parameter filled in by `fill`. */
  address(fill: (parameter: string) => string): string;
}

interface Operations {
  document: OpenApiDocument;
  operations: Operation[];
}

const known = new Map<string, Promise<Operations>>();
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Where the document of each dialect is served; `native` is that of the whole native API. */
export const DOCUMENTS = {
  native: '/docs-json',
  opentrain: '/docs/opentrain-json',
  infisical: '/docs/infisical-json',
  vcita: '/docs/vcita-json',
  scim: '/docs/scim-json',
  oauth: '/docs/oauth-json',
} as const;
export type DocumentName = keyof typeof DOCUMENTS;

/**
 * Whose document describes a path.
 * @param namesBusiness whether the request has an `x-business-id`: some addresses are Infisical's without
 */
export function documentOf(method: string, path: string, namesBusiness = true): DocumentName {
  const isShared =
    /^\/api\/v1\/identities(\/[^/]+)?$/.test(path) && `${method} ${path}` !== 'GET /api/v1/identities';
  if (isShared && !namesBusiness) return 'infisical';
  if (/^\/api\/(public|agent)\//.test(path)) return 'opentrain';
  if (/^\/api\/v1\/(auth\/|identities\/details|organization$)/.test(path)) return 'infisical';
  if (path.startsWith('/scim/')) return 'scim';
  return path.startsWith('/platform/') ? 'vcita' : 'native';
}

/** The operations of all documents, each once. */
export async function everyOperation(url: string): Promise<Operation[]> {
  const names = Object.keys(DOCUMENTS) as DocumentName[];
  const documents = await Promise.all(names.map((name) => operationsOf(url, name)));
  const each = documents.flatMap(({ operations }) => operations);
  return [
    ...new Map(
      each.map((operation) => [operation.operationId ?? `${operation.method} ${operation.path}`, operation]),
    ).values(),
  ];
}

/** Every operation that a document of the running application describes, the more literal paths first. */
export function operationsOf(url: string, name: DocumentName = 'native'): Promise<Operations> {
  const address = url + DOCUMENTS[name];
  let operations = known.get(address);
  if (operations === undefined) {
    operations = read(url, DOCUMENTS[name]);
    known.set(address, operations);
  }
  return operations;
}

async function read(url: string, address: string): Promise<Operations> {
  const { text } = await exchange(url, { method: 'GET', path: address });
  const document = JSON.parse(text) as OpenApiDocument;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [describe(method.toUpperCase(), path, operation)];
    }),
  );
  const parameters = ({ path }: Operation): number => path.split('{').length;
  return { document, operations: operations.sort((left, right) => parameters(left) - parameters(right)) };
}

function describe(method: string, path: string, operation: OpenApiOperation): Operation {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
  const schemes = (operation.security ?? []).flatMap((each) => Object.keys(each));
  return {
    ...operation,
    method,
    path,
    needsBearer: schemes.includes('bearer'),
    needsBusiness: schemes.includes('business'),
    matches: (concrete) => pattern.test(concrete),
    address: (fill) => path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => fill(name)),
  };
}
