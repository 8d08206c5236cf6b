#!/usr/bin/env node
// Removes from a node_modules folder what no program loads: source maps, TypeScript and its compiler (npm keeps it, an
// optional peer of a package, also with --omit=dev), Markdown (licences stay), and the browser builds of packages that have
// another for Node.js. `node bin/prune-modules.mjs <node_modules>`
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const NEEDLESS = /\.(map|ts|mts|cts|tsbuildinfo|md|markdown|flow)$/i;
const LEGAL = /^(licen[sc]e|notice|copying|authors)/i;
const BROWSER_BUILDS = ['typeorm/browser', 'libphonenumber-js/bundle', 'rxjs/dist/bundles'];
const COMPILER = ['typescript', '.bin/tsc', '.bin/tsserver'];

const [modules] = process.argv.slice(2);
if (modules === undefined || basename(modules) !== 'node_modules') {
  console.error('Name the node_modules folder to prune.');
  process.exit(1);
}
for (const path of [...BROWSER_BUILDS, ...COMPILER])
  rmSync(join(modules, path), { recursive: true, force: true });
for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && NEEDLESS.test(entry.name) && !LEGAL.test(entry.name) && !isOurs(entry.parentPath))
    rmSync(join(entry.parentPath, entry.name));

/** The documentation of an installed Rescind is for its operators. */
function isOurs(path) {
  return `${path}/`.startsWith(join(modules, 'rescind/'));
}
