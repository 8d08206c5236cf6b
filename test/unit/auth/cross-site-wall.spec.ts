import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { CrossSiteWall } from '../../../src/auth/cross-site-wall.js';
import { Issuer } from '../../../src/common/http/issuer.js';

const wallAt = (publicUrl?: string): CrossSiteWall => {
  const config = { host: '127.0.0.1', port: 3000, publicUrl, trustedProxies: [] };
  return new CrossSiteWall(new Issuer(config as unknown as ConstructorParameters<typeof Issuer>[0]));
};
const asks = (host: string, headers: Record<string, string>, method = 'POST'): FastifyRequest =>
  ({ method, protocol: 'http', host, headers }) as unknown as FastifyRequest;
const refused = expect.objectContaining({ code: 'session.cross_site' });

describe('a browser that says only the origin of a page', () => {
  it('is let in from the address of the service, and from no other', () => {
    const wall = wallAt();
    expect(() => wall.demand(asks('tokens.example', { origin: 'http://tokens.example' }))).not.toThrow();
    for (const origin of [
      'https://tokens.example',
      'http://tokens.example:81',
      'http://tokens.example.evil.example',
      'null',
      '',
    ])
      expect(() => wall.demand(asks('tokens.example', { origin }))).toThrow(refused);
  });

  it('is not let in by a Host header that names no host, whatever the origin repeats of it', () => {
    for (const host of ['me@evil.example', 'evil.example/x', 'evil.example:1:2', '', '"', '\u00e4.example'])
      expect(() => wallAt().demand(asks(host, { origin: `http://${host}` }))).toThrow(refused);
  });

  it('is held to the public address where there is one, not to the Host header', () => {
    const wall = wallAt('https://tokens.example');
    const at = (origin: string) => asks('evil.example', { origin });
    expect(() => wall.demand(at('https://tokens.example'))).not.toThrow();
    expect(() => wall.demand(at('http://evil.example'))).toThrow(refused);
  });
});

describe('a browser that says where a page is from', () => {
  it('is believed about that, and about nothing else', () => {
    const wall = wallAt();
    for (const site of ['same-site', 'cross-site', 'none', '', 'Same-Origin', 'same-origin, cross-site'])
      expect(() =>
        wall.demand(asks('a.example', { 'sec-fetch-site': site, origin: 'http://a.example' })),
      ).toThrow(refused);
    expect(() => wall.demand(asks('a.example', { 'sec-fetch-site': 'same-origin' }))).not.toThrow();
  });

  it('may read from anywhere, and with the own page demanded may not do that either', () => {
    const wall = wallAt();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const request = asks('a.example', { 'sec-fetch-site': 'cross-site' }, method);
      expect(() => wall.demand(request)).not.toThrow();
      expect(() => wall.demandOwnPage(request)).toThrow(refused);
    }
  });
});
