import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { sharedApp } from '../support/shared-app.js';
import { waitFor } from '../support/wait-for.js';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'is-ready');

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** The exit code of the image's health check. */
function isReady(port: string): Promise<number> {
  return new Promise((resolve) => {
    execFile(PROGRAM, { env: { PATH: process.env.PATH, PORT: port } }, (error) =>
      resolve(error === null ? 0 : Number(error.code)),
    );
  });
}

async function answering(status: number | null): Promise<string> {
  server = createServer((_request, reply) => {
    if (status !== null) reply.writeHead(status).end('{"status":"200 OK"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

it('the health check of the image passes for a service that is ready', async () => {
  const { port } = new URL((await sharedApp()).url);
  await waitFor('the check to pass', async () => (await isReady(port)) === 0);
});

it('the health check fails for one that says it is not, one that says nothing, and where there is none', async () => {
  expect(await isReady(await answering(503))).toBe(1);
  server?.close();
  const silent = await answering(null);
  expect(await isReady(silent)).toBe(1);
  server?.closeAllConnections();
  server?.close();
  expect(await isReady(silent)).toBe(1);
});
