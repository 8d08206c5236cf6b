import { exchange, type Answer } from './exchange.js';
import { demandDocumented } from './documented-answer.js';
import { noteSecret, platformSecret } from './test-run.js';

export interface Call {
  body?: unknown;
  /** A list is sent as a parameter that is repeated. */
  query?: Record<string, string | number | boolean | readonly string[]>;
  headers?: Record<string, string>;
  /** One of 127/8, to be another client than the other tests. */
  address?: string;
}

export interface ApiAnswer<Body> extends Answer {
  body: Body;
}

/** A body whose shape the test knows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the document of the application checks the shape
export type AnyBody = any;

/**
 * A caller of one application: its bearer secret, and the business it names. Every answer must be one that the
 * application's own OpenAPI document describes, status and schema; `exchange` is for what is not meant to be.
 */
export class Api {
  constructor(
    readonly url: string,
    readonly secret: string | null = platformSecret(),
    readonly business: string | null = null,
  ) {}

  as(secret: string | null): Api {
    return new Api(this.url, secret, this.business);
  }

  within(business: string | null): Api {
    return new Api(this.url, this.secret, business);
  }

  async call<Body = AnyBody>(method: string, path: string, call: Call = {}): Promise<ApiAnswer<Body>> {
    const query = new URLSearchParams(
      Object.entries(call.query ?? {}).flatMap(([name, value]) =>
        [value].flat().map((each): [string, string] => [name, String(each)]),
      ),
    ).toString();
    const headers: [string, string][] = [];
    if (this.secret !== null) headers.push(['authorization', `Bearer ${this.secret}`]);
    if (this.business !== null) headers.push(['x-business-id', this.business]);
    if (call.body !== undefined) headers.push(['content-type', 'application/json']);
    headers.push(...Object.entries(call.headers ?? {}));
    const answer = await exchange(this.url, {
      method,
      path: query === '' ? path : `${path}?${query}`,
      headers,
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      address: call.address,
    });
    const isJson = answer.headers['content-type']?.includes('json') === true;
    const body = (isJson ? JSON.parse(answer.text) : answer.text) as Body;
    noteSecretOf(body);
    const namesBusiness = headers.some(([name]) => name === 'x-business-id');
    await demandDocumented(this.url, method, path, { ...answer, body }, namesBusiness);
    return { ...answer, body };
  }

  get<Body = AnyBody>(path: string, query?: Call['query']): Promise<ApiAnswer<Body>> {
    return this.call('GET', path, query === undefined ? {} : { query });
  }

  post<Body = AnyBody>(path: string, body?: unknown): Promise<ApiAnswer<Body>> {
    return this.call('POST', path, { body });
  }

  put<Body = AnyBody>(path: string, body: unknown): Promise<ApiAnswer<Body>> {
    return this.call('PUT', path, { body });
  }

  patch<Body = AnyBody>(path: string, body: unknown): Promise<ApiAnswer<Body>> {
    return this.call('PATCH', path, { body });
  }

  delete<Body = AnyBody>(path: string, body?: unknown): Promise<ApiAnswer<Body>> {
    return this.call('DELETE', path, { body });
  }
}

function noteSecretOf(body: unknown): void {
  const answer = body as { token?: unknown; accessToken?: unknown; data?: { token?: unknown } } | null;
  for (const secret of [answer?.token, answer?.accessToken, answer?.data?.token])
    if (typeof secret === 'string') noteSecret(secret);
}
