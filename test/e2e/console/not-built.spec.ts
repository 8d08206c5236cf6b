import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { serveConsole } from '../../../src/console/console-pages.js';

describe('a build without the console', () => {
  it.each(['/console', '/console/', '/console/b/x/tokens', '/console/assets/main.js'])(
    'says so in one sentence at %s, and serves everything else',
    async (url) => {
      const folder = mkdtempSync(join(tmpdir(), 'rescind-no-console-'));
      const fastify = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
      try {
        serveConsole(fastify, folder);
        fastify.get('/other', () => 'served');
        const { statusCode, body, headers } = await fastify.inject({ url });
        expect({ statusCode, type: headers['content-type'] }).toEqual({
          statusCode: 404,
          type: 'text/plain; charset=utf-8',
        });
        expect(body).toBe(
          'The console is not part of this build of Rescind: `npm run build` makes it. Everything else works without it.\n',
        );
        expect((await fastify.inject({ url: '/other' })).body).toBe('served');
      } finally {
        await fastify.close();
        rmSync(folder, { recursive: true });
      }
    },
  );
});
