// What a browser loads before a screen can be used, compressed with gzip: the page, its script and style, and the script
// of the screen with all that it imports. Fails when that is more than 250 kB for any screen.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildIfNeeded } from '../../bin/build-if-needed.mjs';

const KB_MAX = 250;

await buildIfNeeded();
const folder = join(import.meta.dirname, '..', '..', 'dist', 'pages', 'console');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));

/**
 * The files that a chunk needs.
 * @param {string} key
 * @param {Set<string>} files
 */
function collect(key, files) {
  const { file, css = [], imports = [] } = manifest[key];
  if (files.has(file)) return files;
  files.add(file);
  for (const style of css) files.add(style);
  for (const imported of imports) collect(imported, files);
  return files;
}

/** @param {Iterable<string>} files */
const bytesOf = (files) =>
  [...files].reduce((sum, file) => sum + statSync(join(folder, `${file}.gz`)).size, 0);

const page = gzipSync(readFileSync(join(folder, 'index.html'))).length;
const shell = Object.keys(manifest).filter((key) => /^src\/shell\/layout\.|^index\.html$/.test(key));
const screens = Object.keys(manifest).filter((key) => /^src\/screens\/[^/]+\/index\.tsx$/.test(key));
if (shell.length !== 2 || screens.length < 14) throw new Error('The manifest does not name the screens.');
let largest = 0;
for (const screen of screens) {
  const files = new Set();
  for (const key of [...shell, screen]) collect(key, files);
  const kB = (page + bytesOf(files)) / 1000;
  largest = Math.max(largest, kB);
  console.log(`${kB.toFixed(1).padStart(6)} kB  ${screen.split('/')[2]}`);
}
console.log(`The largest initial load is ${largest.toFixed(1)} kB of ${KB_MAX}.`);
if (largest > KB_MAX) process.exitCode = 1;
