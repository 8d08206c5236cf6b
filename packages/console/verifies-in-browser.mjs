import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const SHARED = [join(ROOT, 'src', 'log-format'), join(ROOT, 'pages', 'audit-verify', 'src')];
/** In the place of src/log-format/transparency/platform.ts, as in the page at /audit/verify (ADR 0073). */
const PLATFORM = join(ROOT, 'pages', 'audit-verify', 'src', 'platform.ts');

/** The console's own part of it. */
const PROOF = join(import.meta.dirname, 'src', 'proof');

/** @param {string} path */
const isShared = (path) => SHARED.some((folder) => path.startsWith(folder));

/**
 * Lets the console use what verifies a log on the server: where that asks Node.js, it asks the browser, and `Buffer` is a
 * package.
 * @type {import('vite').Plugin}
 */
export const verifiesInBrowser = {
  name: 'what verifies a log, in a browser',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source.endsWith('/platform.js') && importer !== undefined && isShared(importer) ? PLATFORM : undefined,
  transform: (code, id) =>
    (isShared(id) || id.startsWith(PROOF)) && /\bBuffer\b/.test(code)
      ? { code: `import { Buffer } from 'buffer/';${code}`, map: null }
      : undefined,
};
