import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that the kernel hands out to outgoing connections: one of those may be taken before it is listened on. */
const FIRST = 15_000;
const COUNT = 17_000;

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
