import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeAt } from '../../../packages/console/src/api/places.js';

const ROUTER = join(import.meta.dirname, '../../../packages/console/src/router.tsx');
const BUSINESS = '0199c0de-0000-7000-8000-000000000000';

/** Each address of the router with the screen that it shows. */
function routes(): [string, string, string | null][] {
  const [, business = '', platform = ''] = readFileSync(ROUTER, 'utf8').split(/const \w+Screens = \[/);
  const of = (part: string, base: string, businessId: string | null) =>
    [...part.matchAll(/path: '([^']+)',[^]*?SCREENS(?:\.|\[')([\w-]+)/g)].map(
      ([, path = '', screen = '']): [string, string, string | null] => [
        `/console${base}${path.replace(/\$\w+/, 'some-id')}`,
        screen,
        businessId,
      ],
    );
  return [...of(business, `/b/${BUSINESS}`, BUSINESS), ...of(platform, '/platform', null)];
}

describe('before its scripts are there, the console', () => {
  it('knows each address that its router knows', () => {
    const known = routes();
    expect(known.length).toBeGreaterThan(20);
    for (const [path, screen, businessId] of known) {
      expect([path, placeAt(path)]).toEqual([path, { screen, businessId }]);
      expect(placeAt(`${path}/`)).toEqual({ screen, businessId });
    }
    expect(placeAt('/console/sign-in')).toEqual({ screen: 'sign-in', businessId: null });
  });

  it.each([
    '/console',
    '/console/',
    '/console/b',
    `/console/b/${BUSINESS}`,
    `/console/b/${BUSINESS}/nothing`,
    `/console/b/${BUSINESS}/tokens/a/b`,
    `/console/b/${BUSINESS}/overview/a`,
    '/console/b//tokens',
    '/console/platform/members',
    '/console/platform/tokens/new',
    '/console/sign-in/more',
    '/console/elsewhere',
  ])('leaves %s to the router', (path) => {
    expect(placeAt(path)).toBeNull();
  });
});
