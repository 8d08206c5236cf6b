import { once } from 'node:events';
import { createServer } from 'node:net';
import { opened, type NamedAddress } from './cannot-listen.js';
import { namedAddresses } from './named-addresses.js';

/**
 * Opens each address that will be listened on and closes it again, so that one in use is reported before a database
 * is created. @throws CannotListen
 */
export async function demandFreeAddresses(): Promise<void> {
  const { api, metrics } = namedAddresses();
  await tryToOpen(api);
  if (metrics !== undefined) await tryToOpen(metrics);
}

async function tryToOpen(address: NamedAddress): Promise<void> {
  const server = createServer();
  await opened(() => once(server.listen(address.port, address.host), 'listening'), address);
  const closed = once(server, 'close');
  server.close();
  await closed;
}
