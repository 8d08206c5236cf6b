import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { platformSecret } from './test-run.js';
import type { TestBusiness } from './factories.js';

export interface Waiting {
  state: 'waiting';
  registered: number;
  confirmed: number;
  waited_out: number;
  client_verifiers: number;
  verifiers: { id: string; state: string }[];
}

/** A line of how a revocation takes effect. */
export type Line =
  | { state: 'committed'; id: string; revoked_at: string; audit_sequence: number | null }
  | Waiting
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what the call answers without lines
  | { state: 'done'; answer: any }
  | { state: 'failed'; status: number; retry_after_seconds: number | null; error: { code: string } };

export interface Lines {
  status: number;
  headers: IncomingHttpHeaders;
  /** The next line; null: there is none any more. */
  next(): Promise<Line | null>;
  /** All that are left. */
  rest(): Promise<Line[]>;
  /** Closes the connection. */
  leave(): void;
}

interface Asked {
  body?: object;
  secret?: string;
  headers?: Record<string, string>;
}

/** Posts and asks for lines; resolves with the status. */
export async function postForLines(
  url: string,
  business: Pick<TestBusiness, 'id'> | null,
  path: string,
  { body = {}, secret = platformSecret(), headers = {} }: Asked = {},
): Promise<Lines> {
  const asked = request(`${url}${path}`, {
    method: 'POST',
    headers: {
      accept: 'application/x-ndjson',
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      ...(business === null ? {} : { 'x-business-id': business.id }),
      ...headers,
    },
  });
  asked.on('error', () => undefined);
  asked.end(JSON.stringify(body));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  const lines = createInterface({ input: answer })[Symbol.asyncIterator]();
  const next = async (): Promise<Line | null> => {
    const { value, done } = await lines.next();
    return done === true ? null : (JSON.parse(value) as Line);
  };
  return {
    status: answer.statusCode as number,
    headers: answer.headers,
    next,
    rest: async () => {
      const rest: Line[] = [];
      for (let line = await next(); line !== null; line = await next()) rest.push(line);
      return rest;
    },
    leave: () => void asked.destroy(),
  };
}
