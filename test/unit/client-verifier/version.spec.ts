import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../../packages/verifier/src/target.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const versionIn = (path: string): string =>
  (JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as { version: string }).version;

it('the package says the version that it has, which is that of the server', () => {
  expect(VERSION).toBe(versionIn('packages/verifier/package.json'));
  expect(VERSION).toBe(versionIn('package.json'));
});
