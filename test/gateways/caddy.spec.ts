import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import { describeGatekeeping } from './gatekeeping.js';
import { startProxy } from './proxy-process.js';

const SAMPLE = join(import.meta.dirname, '..', '..', 'docs', 'gateways', 'Caddyfile');

describeGatekeeping('Caddy', async ({ rescindPort, upstreamPort, directory, acme }) => {
  const port = await freePort();
  const configuration = readFileSync(SAMPLE, 'utf8')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${rescindPort}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${upstreamPort}`)
    .replaceAll('http://:80 {', `http://:${port} {`)
    .replaceAll('0199c0de-0000-7000-8000-000000000001', acme);
  const file = join(directory, 'Caddyfile');
  writeFileSync(file, configuration);
  return startProxy('caddy', ['run', '--adapter', 'caddyfile', '--config', file], port, directory);
});
