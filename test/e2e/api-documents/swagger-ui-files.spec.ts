import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { exchange } from '../../support/exchange.js';
import { sharedApp } from '../../support/shared-app.js';

const PACKAGE = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

it('of the package of Swagger UI only what its page loads is served', async () => {
  const { url } = await sharedApp();
  const get = async (path: string): Promise<number> => (await exchange(url, { method: 'GET', path })).status;
  const page = await exchange(url, { method: 'GET', path: '/docs' });
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, address]) => new URL(address as string, `${url}/docs`).pathname,
  );
  expect(loaded.length).toBeGreaterThan(4);
  for (const path of loaded) expect([path, await get(path)]).toEqual([path, 200]);
  for (const name of readdirSync(PACKAGE))
    if (
      !loaded.some((path) => path.endsWith(`/${name}`)) &&
      !/^index\.html$|^swagger-ui(-bundle|-standalone-preset)?\.(js|css)$/.test(name)
    )
      for (const path of [`/docs/${name}`, `/docs/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`])
        expect([path, await get(path)]).toEqual([path, 404]);
});
