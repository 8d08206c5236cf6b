import { exchange } from '../../support/exchange.js';
import { sharedApp } from '../../support/shared-app.js';

const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/xml',
  // No media types at all.
  'json',
  ';;',
];

describe('The addresses of the OpenTrain dialect', () => {
  it('have their document where its clients look for it', async () => {
    const { url } = await sharedApp();
    const get = (path: string) => exchange(url, { method: 'GET', path });
    const { status, headers, text } = await get('/api/public/v1/openapi.json');
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^application\/json/)]);
    expect(JSON.parse(text)).toEqual(JSON.parse((await get('/docs/opentrain-json')).text));
  });

  it.each([
    '/api/agent/nothing',
    '/api/public/v1/nothing',
    '/oauth/nothing',
    '/platform/v1/nothing',
    '/nothing',
  ])('and %s, which is none, is a 404 whatever is sent to it', async (path) => {
    const { url } = await sharedApp();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const type of TYPES) {
        for (const body of ['{"a":1}', '{']) {
          const { status } = await exchange(url, { method, path, headers: [['content-type', type]], body });
          expect([method, type, body, status]).toEqual([method, type, body, 404]);
        }
      }
    }
  });
});
