import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { listenAddressIn } from '../../config/metrics.config.js';
import { opened } from '../cannot-listen.js';
import { report } from '../report.js';
import { onStopSignal } from '../stop-signal.js';
import { UnusableWitness } from './unusable-witness.js';
import { readWitnessKey } from './witness-key.js';
import { witnessServer } from './witness-server.js';
import { WitnessState } from './witness-state.js';
import { Witness } from './witness.js';
import { readWitnessedLogs } from './witnessed-logs.js';

/** How long running requests may take when the process is stopped. */
const DRAIN_MS_MAX = 5000;

/** Serves until a stop signal. @throws UnusableWitness, CannotListen */
export async function runWitness(options: {
  key: string;
  logs?: string;
  state?: string;
  listen: string;
}): Promise<void> {
  const { logs: logsFile, state: directory } = options;
  if (logsFile === undefined || directory === undefined)
    throw new UnusableWitness('A witness needs --logs and --state, or --make-key.');
  const address = listenAddressIn(options.listen);
  if (address === null)
    throw new UnusableWitness('--listen takes an address and a port, such as 127.0.0.1:7700 or [::1]:7700.');
  const key = await readWitnessKey(options.key);
  const logs = await readWitnessedLogs(logsFile);
  const state = new WitnessState(directory);
  await state.open(logs.keys());
  const stopSignal = onStopSignal();
  const witness = new Witness(key, logs, state, { report, nowMs: () => Date.now() });
  const server = witnessServer(witness, (error) => report(`The witness could not answer: ${String(error)}`));
  const names = { host: '--listen', port: '--listen' };
  await opened(() => once(server.listen(address.port, address.host), 'listening'), { ...address, names });
  const { address: host, family, port } = server.address() as AddressInfo;
  report(
    `The witness is ready.\n  Address       http://${family === 'IPv6' ? `[${host}]` : host}:${port}\n  Verifier key  ${key.vkey}\n  Logs          ${logs.size}`,
  );
  await stopSignal;
  const overdue = setTimeout(() => server.closeAllConnections(), DRAIN_MS_MAX).unref();
  server.closeIdleConnections();
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(overdue);
}
