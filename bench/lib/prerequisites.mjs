// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded } from '../../bin/build-if-needed.mjs';

export const root = join(import.meta.dirname, '..', '..');

function npm(args) {
  const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed.`);
}

/** Builds Rescind if there is no build of its present sources. */
export const ensureBuild = () => buildIfNeeded();

/** Installs what Rescind is measured against, exactly as locked. */
export function ensurePeers() {
  if (!existsSync(join(root, 'bench', 'node_modules', '.package-lock.json')))
    npm(['ci', '--prefix', 'bench']);
}
