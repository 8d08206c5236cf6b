// Builds the packages of this repository if they are missing or older than their sources.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = join(import.meta.dirname, '..', 'packages');
/** The service serves the one, and is shipped with the other. */
const BUILT_WITH_SERVICE = ['console', 'witness'];
/** What a package copies from elsewhere. */
const COPIED = { conformance: [join(PACKAGES, '..', 'test', 'contracts', 'verifier-vectors.json')] };

/** @throws Error; the compiler's own errors have been shown */
export function buildPackagesIfNeeded() {
  for (const name of readdirSync(PACKAGES)) {
    const folder = join(PACKAGES, name);
    if (BUILT_WITH_SERVICE.includes(name) || isBuilt(folder, COPIED[name])) continue;
    const { status } = spawnSync(process.execPath, [join(folder, 'build.mjs')], { stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`packages/${name} could not be built.`);
  }
}

function isBuilt(folder, copied = []) {
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) return false;
  const sources = ['src', 'package.json', 'tsconfig.json', 'build.mjs'].map((path) => join(folder, path));
  return statSync(dist).mtimeMs >= Math.max(...[...sources, ...copied].map(newest));
}

function newest(path) {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  const entries = readdirSync(path, { recursive: true });
  return Math.max(own.mtimeMs, ...entries.map((name) => statSync(join(path, name)).mtimeMs));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildPackagesIfNeeded();
