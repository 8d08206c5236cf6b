import { createServer } from 'node:net';

/** `preferred` if nothing listens on it on 127.0.0.1, else a port that the operating system chooses. */
export async function findFreePort(preferred: number | null): Promise<number> {
  if (preferred !== null) {
    const port = await tryPort(preferred).catch(() => null);
    if (port !== null) return port;
  }
  return tryPort(0);
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
