import { operationsOf, type Operation } from './operations.js';

/** The documented operations that need a bearer and answer refusals in the native error shape. */
export async function nativeOperations(url: string): Promise<Operation[]> {
  const { operations } = await operationsOf(url);
  return operations.filter((each) => each.needsBearer && refersTo(each, 'ErrorDto'));
}

function refersTo({ responses }: Operation, schema: string): boolean {
  const reference = responses['401']?.content?.['application/json']?.schema?.$ref;
  return typeof reference === 'string' && reference.endsWith(`/${schema}`);
}

/** Whether a good request is answered to its end: a stream of events goes on for as long as one listens. */
export function endsByItself({ responses }: Operation): boolean {
  return responses['200']?.content?.['text/event-stream'] === undefined;
}

/** Whether the operation takes a JSON body. */
export function takesBody({ requestBody }: Operation): boolean {
  return requestBody?.content['application/json'] !== undefined;
}

/** A name for a table of tests. */
export function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}
