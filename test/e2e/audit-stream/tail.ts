import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
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

  static async open(
    business: TestBusiness,
    secret: string | null,
    query = '',
    headers: Record<string, string> = {},
  ): Promise<Tail> {
    const outgoing = get(`${business.api.url}/api/v1/audit/stream${query}`, {
      agent: false,
      headers: { authorization: `Bearer ${secret}`, 'x-business-id': business.id, ...headers },
    });
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
