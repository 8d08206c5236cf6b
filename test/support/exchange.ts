import { Agent, request, type IncomingHttpHeaders } from 'node:http';

export interface Outgoing {
  method: string;
  path: string;
  /** Pairs, so that a header can be given twice. */
  headers?: [string, string][];
  body?: string | Buffer | undefined;
  /** Instead of `body`: pieces whose length is not declared. */
  chunks?: string[];
  /** One of 127/8, to be another client than the other tests. */
  address?: string | undefined;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 128 });
const TIMEOUT_MS = 60_000;

/** One HTTP exchange exactly as given: nothing is added but Host and, with a body, Content-Length. */
export function exchange(baseUrl: string, outgoing: Outgoing): Promise<Answer> {
  const { method, path, headers = [], body, chunks = [], address } = outgoing;
  const { hostname, port, host } = new URL(baseUrl);
  const flat = [['host', host], ...headers].flat();
  if (body !== undefined) flat.push('content-length', String(Buffer.byteLength(body)));
  return new Promise((resolve, reject) => {
    const exchanged = request(
      {
        hostname,
        port,
        method,
        path,
        agent,
        headers: flat as unknown as Record<string, string>,
        timeout: TIMEOUT_MS,
        ...(address === undefined ? {} : { localAddress: address }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode as number,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    exchanged.on('timeout', () => exchanged.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    exchanged.on('error', reject);
    for (const chunk of chunks) exchanged.write(chunk);
    exchanged.end(body);
  });
}
