import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Api } from '../../support/api.js';
import type { TestBusiness } from '../../support/factories.js';

/** A reader of the live stream of a business. */
export class Tail {
  text = '';
  ended = false;

  private constructor(private readonly incoming: IncomingMessage) {
    incoming.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    incoming.on('end', () => (this.ended = true));
    incoming.on('error', () => (this.ended = true));
  }

  static open(
    business: TestBusiness,
    secret: string | null,
    query = '',
    headers: Record<string, string> = {},
  ): Promise<Tail> {
    return Tail.at(`${business.api.url}/api/v1/audit/stream${query}`, {
      authorization: `Bearer ${secret}`,
      'x-business-id': business.id,
      ...headers,
    });
  }

  /** Of the platform's log, or of the one that the query names. */
  static openOfPlatform(api: Api, query = '', headers: Record<string, string> = {}): Promise<Tail> {
    return Tail.at(`${api.url}/api/v1/admin/audit/stream${query}`, {
      authorization: `Bearer ${api.secret}`,
      ...headers,
    });
  }

  private static async at(url: string, headers: Record<string, string>): Promise<Tail> {
    const outgoing = get(url, { agent: false, headers });
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    if (incoming.statusCode !== 200) throw new Error(`no stream: ${incoming.statusCode}`);
    if (incoming.headers['content-type']?.startsWith('text/event-stream') !== true)
      throw new Error('no server-sent events');
    return new Tail(incoming);
  }

  get sequences(): number[] {
    return [...this.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  }

  close(): void {
    this.incoming.destroy();
  }
}
