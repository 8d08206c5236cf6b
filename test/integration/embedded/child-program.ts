import { transformFileSync } from '@swc/core';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = process.cwd();
const FOLDERS = ['token-schema', 'config', 'database', 'database/embedded'];

/** Starts the database, tells what happens as JSON lines, and on SIGTERM or SIGINT asks it once more before it stops it. */
const PROGRAM = `
import pg from 'pg';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
const t0 = performance.now();
try {
  const { url, ownerUrl, dataDir, shared, stop } = await startEmbeddedPostgres({
    dataDir: process.argv[2],
    report: (line) => tell({ event: 'report', line }),
  });
  const alive = setInterval(() => undefined, 1000);
  const leave = async () => {
    const client = new pg.Client(url);
    const drained = await client.connect().then(() => client.end()).then(() => true, () => false);
    await stop();
    tell({ event: 'stopped', drained });
    clearInterval(alive);
  };
  process.once('SIGTERM', leave).once('SIGINT', leave);
  tell({ event: 'started', url, ownerUrl, dataDir, shared, tookMs: performance.now() - t0 });
} catch (error) {
  tell({ event: 'failed', name: error.name, message: error.message });
}
`;

/** Compiles the embedded database's own code into a scratch directory of the checkout, where packages resolve. */
export function compileChildProgram(): { path: string; remove: () => void } {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  const directory = mkdtempSync(join(ROOT, '.tmp', 'embedded-'));
  for (const folder of FOLDERS) {
    mkdirSync(join(directory, folder), { recursive: true });
    for (const name of readdirSync(join(ROOT, 'src', folder)).filter((each) => each.endsWith('.ts'))) {
      const { code } = transformFileSync(join(ROOT, 'src', folder, name), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } },
        module: { type: 'es6' },
      });
      writeFileSync(join(directory, folder, name.replace(/ts$/, 'js')), code);
    }
  }
  const path = join(directory, 'child.mjs');
  writeFileSync(path, PROGRAM);
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
