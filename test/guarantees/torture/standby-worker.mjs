// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';

/** PostgreSQL's streaming replication protocol, as much of it as a synchronous standby must speak. */
const XLOG_DATA = 'w'.charCodeAt(0);
const KEEPALIVE = 'k'.charCodeAt(0);
const STATUS_UPDATE = 'r'.charCodeAt(0);
const XLOG_HEADER_BYTES = 25;
const RECONNECT_MS = 50;

let hangs = false;
let received = 0n;
let connection = null;

parentPort.on('message', (order) => {
  hangs = order === 'hang';
  confirm();
  parentPort.postMessage(order);
});

for (let known = false; ;) {
  // `replication` is not among the settings that the driver's types know.
  const settings = /** @type {any} */ ({ replication: 'true', application_name: workerData.name });
  const client = /** @type {any} */ (
    new pg.Client({ host: '127.0.0.1', port: workerData.port, user: 'postgres', ...settings })
  );
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query('IDENTIFY_SYSTEM');
    const ended = new Promise((resolve) => client.connection.once('end', resolve));
    client.connection.on('copyData', ({ chunk }) => take(client.connection, chunk));
    received = parseLsn(rows[0].xlogpos);
    // It never ends, and fails with the connection.
    client.query(`START_REPLICATION PHYSICAL ${rows[0].xlogpos}`).catch(() => undefined);
    client.connection.once('replicationStart', () => {
      connection = client.connection;
      confirm();
      if (!known) parentPort.postMessage('known');
      known = true;
    });
    await ended;
  } catch {
    // The primary is away, or not what it was: it is asked again.
  }
  connection = null;
  void client.end().catch(() => undefined);
  await sleep(RECONNECT_MS);
}

function take(from, chunk) {
  if (chunk[0] === XLOG_DATA) received = chunk.readBigUInt64BE(1) + BigInt(chunk.length - XLOG_HEADER_BYTES);
  else if (chunk[0] !== KEEPALIVE) return;
  if (from === connection) confirm();
}

function confirm() {
  if (hangs || connection === null) return;
  const status = Buffer.alloc(34);
  status[0] = STATUS_UPDATE;
  for (const offset of [1, 9, 17]) status.writeBigUInt64BE(received, offset);
  connection.sendCopyFromChunk(status);
}

function parseLsn(text) {
  const [high, low] = text.split('/').map((part) => BigInt(`0x${part}`));
  return (high << 32n) | low;
}
