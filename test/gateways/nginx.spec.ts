import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import { describeGatekeeping } from './gatekeeping.js';
import { startProxy } from './proxy-process.js';

const SAMPLES = join(import.meta.dirname, '..', '..', 'docs', 'gateways');
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

describeGatekeeping('nginx', async ({ rescindPort, upstreamPort, directory, acme }) => {
  const port = await freePort();
  mkdirSync(join(directory, 'temporary'));
  // Only what says where: addresses, the customer, and files that an ordinary user may write.
  const places = TEMPORARY.map((each) => `${each}_temp_path ${join(directory, 'temporary', each)};`).join(
    ' ',
  );
  const configuration = readFileSync(join(SAMPLES, 'nginx.conf'), 'utf8')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${rescindPort}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${upstreamPort}`)
    .replaceAll('127.0.0.1:80;', `127.0.0.1:${port};`)
    .replaceAll('0199c0de-0000-7000-8000-000000000001', acme)
    .replace('http {', `http { access_log off; ${places}`);
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration);
  copyFileSync(join(SAMPLES, 'rescind-identity.conf'), join(directory, 'rescind-identity.conf'));
  // Whoever runs as root must not become somebody who cannot write there.
  const user = process.getuid?.() === 0 ? 'user root; ' : '';
  const globals = `${user}daemon off; pid ${join(directory, 'nginx.pid')};`;
  return startProxy('nginx', ['-p', directory, '-e', 'stderr', '-c', file, '-g', globals], port, directory);
});
