import { describe, expect, it } from '@jest/globals';
import { businessIn, returnTo } from '../../../src/sign-in/oidc-sign-in.service.js';

describe('where somebody goes after signing in', () => {
  it.each([
    '/console/',
    '/console/tokens?q=a%20b&x=//y#top',
    '/console/b/0199c2a1-0000-7000-8000-000000000001/tokens',
    '/console/a:b@c',
    '/docs',
    '/docs?urls.primaryName=SCIM%202.0#/scim/listScimUsers',
    '/docs#//evil.example',
  ])('is %j, which is a page of our own', (path) => {
    expect(returnTo(path)).toBe(path);
  });

  it.each([
    undefined,
    null,
    7,
    ['/console/'],
    '',
    '/',
    '/console',
    'console/',
    '/docs/',
    '/docsx',
    '/docs/../sign-in/oidc/corp',
    '/docs/native-json',
    '/docs\\evil.example',
    '/docs?\n',
    '//docs',
    '//evil.example/console/',
    '/\\evil.example',
    '/console/\\evil.example',
    '/console//evil.example',
    '/console/../docs',
    '/console/..//evil.example',
    '/console/%2e%2e/docs',
    '/console/.%2E//evil.example',
    'https://evil.example/console/',
    'javascript:alert(1)',
    '/console/\n',
    '/console/\u0000',
    '\t/console/',
    '/console/é',
    '/console/\u202e',
    `/console/${'x'.repeat(1024)}`,
  ])('is the overview instead of %j', (path) => {
    expect(returnTo(path)).toBe('/console/');
  });

  it('names a business where its path is about one', () => {
    const id = '0199c2a1-0000-7000-8000-00000000000A';
    expect(businessIn(`/console/b/${id}/tokens`)).toBe(id.toLowerCase());
    expect(businessIn(`/console/b/${id}`)).toBe(id.toLowerCase());
    for (const path of ['/console/', `/console/b/${id}x`, `/console/c/${id}`, '/console/b/acme/tokens'])
      expect(businessIn(path)).toBeNull();
  });
});
