import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { DOCUMENTATION_PAGES } from '../../../src/app/documentation-pages.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const linesOf = (name: string): string[] => readFileSync(join(ROOT, name), 'utf8').split('\n');

/** Paths, with all that is below them, that `docker build` is given: .dockerignore leaves out all others. */
const given = linesOf('.dockerignore').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
const isGiven = (path: string): boolean => given.some((each) => `${path}/`.startsWith(`${each}/`));

it('the image carries every page that is served beside the OpenAPI documents', () => {
  expect(linesOf('Dockerfile')).toContain('COPY docs docs');
  expect(DOCUMENTATION_PAGES.map((page) => `docs/${page}`).filter((path) => !isGiven(path))).toEqual([]);
});

it('its build is given whatever it copies', () => {
  const sources = linesOf('Dockerfile')
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(1, -1))
    .map((path) => path.replace(/\/$/, ''));
  expect(sources.length).toBeGreaterThan(10);
  const missing = sources.filter(
    (path) => !isGiven(path) && !given.some((each) => each.startsWith(`${path}/`)),
  );
  expect(missing).toEqual([]);
});
