// What a browser loads before a screen can be used: the page, its scripts and style, and the script of the screen with all
// that it imports. Fails when any screen needs more than 250 kB of them, compressed with gzip, more script than a slow
// processor can run in time, or more files; and when what begins everything has become large itself, or waits for the rest.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildIfNeeded } from '../../bin/build-if-needed.mjs';

const KB_MAX = 250;
/** Of script, not compressed: what has to be compiled and run. */
const SCRIPT_KB_MAX = 700;
/** A browser asks for six at a time. */
const FILES_MAX = 16;
const START_KB_MAX = 12;

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

/** @param {Iterable<string>} files */
const scriptKbOf = (files) =>
  [...files]
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + statSync(join(folder, file)).size / 1000, 0);

const html = readFileSync(join(folder, 'index.html'), 'utf8');
const page = gzipSync(html).length;
const shell = Object.keys(manifest).filter((key) => /^src\/main\.tsx$|^index\.html$/.test(key));
const screens = Object.keys(manifest).filter((key) => /^src\/screens\/[^/]+\/index\.tsx$/.test(key));
if (shell.length !== 2 || screens.length < 14) throw new Error('The manifest does not name the screens.');
const most = { kB: 0, script: 0, files: 0 };
for (const screen of screens) {
  const files = new Set();
  for (const key of [...shell, screen]) collect(key, files);
  const kB = (page + bytesOf(files)) / 1000;
  const script = scriptKbOf(files);
  most.kB = Math.max(most.kB, kB);
  most.script = Math.max(most.script, script);
  most.files = Math.max(most.files, files.size);
  console.log(
    `${kB.toFixed(1).padStart(6)} kB  ${script.toFixed(0).padStart(4)} kB script  ${String(files.size).padStart(2)} files  ${screen.split('/')[2]}`,
  );
}
const start = scriptKbOf(collect('index.html', new Set()));
console.log(
  `The largest initial load is ${most.kB.toFixed(1)} kB of ${KB_MAX}, ${most.script.toFixed(0)} kB of script of ${SCRIPT_KB_MAX}, ${most.files} files of ${FILES_MAX}; what begins it is ${start.toFixed(1)} kB of ${START_KB_MAX}.`,
);
const unnamed = [...collect('src/main.tsx', new Set())].filter((file) => !html.includes(file));
for (const file of unnamed) console.error(`The page does not name ${file}, which every screen needs.`);
if (
  most.kB > KB_MAX ||
  most.script > SCRIPT_KB_MAX ||
  most.files > FILES_MAX ||
  start > START_KB_MAX ||
  unnamed.length > 0
)
  process.exitCode = 1;
