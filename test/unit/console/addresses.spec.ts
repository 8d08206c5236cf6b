import { readAddress, writeAddress } from '../../../packages/console/src/api/address.js';
import { returnTo } from '../../../packages/console/src/screens/sign-in/return-to.js';
import { listQueryOf, readTokensSearch } from '../../../packages/console/src/screens/tokens/search.js';

describe('after signing in, the console', () => {
  it.each([
    ['/console/b/0199c0de/tokens?name=a%20b', '/console/b/0199c0de/tokens?name=a%20b'],
    ['/console/platform/overview', '/console/platform/overview'],
    [
      '/docs?urls.primaryName=Rescind#/tokens/issueToken',
      '/docs?urls.primaryName=Rescind#/tokens/issueToken',
    ],
  ])('goes on where it was: %s', (asked, target) => {
    expect(returnTo(asked)).toBe(target);
  });

  it.each([
    undefined,
    '',
    'https://evil.example/console/',
    '//evil.example/console/',
    '/console/../docs',
    '/docs/../evil',
    '/docs//evil.example',
    '/docs.evil.example',
    '//evil.example/docs',
    '/\\evil.example/docs',
    '/console/..%2f..//evil.example',
    '/console//evil.example',
    '/console/\\evil.example',
    '/console/\t/evil.example',
    '/console/sign-in?return_to=/console/',
    'javascript:alert(1)',
    '/consolex/',
  ])('goes to its beginning, and not to %s', (asked) => {
    expect(new URL(returnTo(asked), 'http://here.example').origin).toBe('http://here.example');
    expect(returnTo(asked)).toMatch(/^\/console\/(?!\/|sign-in)/);
    expect(returnTo(asked)).not.toMatch(/^\/docs/);
  });
});

describe('the address of the list of tokens', () => {
  it('says everything that is searched for, and is read as it was written', () => {
    const search = readTokensSearch({
      name: '  007 ',
      status: 'all',
      owner_email: 'ada@example.com',
      scopes_has: 'orders:read stock:write',
      metadata: 'plan:pro\ncustomer:4711',
      unused_days: '30',
      never_expires: 'true',
      sort: 'expires_at',
      order: 'ascending',
      columns: 'name,owner,created_at',
    });
    expect(readTokensSearch(readAddress(writeAddress(search)))).toEqual(search);
    expect(listQueryOf(search, true)).toEqual({
      name: '007',
      include_revoked: true,
      owner_email: 'ada@example.com',
      scopes_has: ['orders:read', 'stock:write'],
      metadata: ['plan:pro', 'customer:4711'],
      unused_days: '30',
      never_expires: 'true',
      sort_by: 'expires_at',
      descending: false,
    });
  });

  it('says nothing of what is as at first, and ignores what it does not understand', () => {
    const words = {
      status: 'gone',
      sort: 'secret',
      columns: 'name,,password',
      order: 'up',
      other: 'x',
      name: ' ',
    };
    expect(writeAddress(readTokensSearch(words))).toBe('');
  });

  it('asks for the tokens of all only where the role may', () => {
    expect(listQueryOf({}, true)).toEqual({ owner_email: '*' });
    expect(listQueryOf({}, false)).toEqual({});
    expect(listQueryOf({ identity_id: 'x' }, true)).toEqual({ identity_id: 'x' });
  });

  it('finds a token by a whole preview in the place of its name', () => {
    expect(listQueryOf({ name: 'dz_4bX0********k3Qz' }, false)).toEqual({ preview: 'dz_4bX0********k3Qz' });
    expect(listQueryOf({ name: 'dz_4bX0' }, false)).toEqual({ name: 'dz_4bX0' });
  });
});
