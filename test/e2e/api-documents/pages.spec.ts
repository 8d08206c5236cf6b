import { exchange, type Answer } from '../../support/exchange.js';
import { DOCUMENTS, operationsOf, type DocumentName } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';

describe('the pages of the documentation', () => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
  });
  const get = (path: string): Promise<Answer> => exchange(url, { method: 'GET', path });
  const names = Object.keys(DOCUMENTS) as DocumentName[];

  it('begin at the root', async () => {
    const { status, headers } = await get('/');
    expect([status, headers.location]).toEqual([302, '/docs']);
    expect((await get('/docs')).status).toBe(200);
  });

  it('run their own scripts only, and stand in no frame', async () => {
    const paths = ['/docs', '/docs/', '/docs/index.html', '/docs/swagger-ui-init.js', '/docs-json'];
    // The same pages, spelled otherwise.
    paths.push('/%64ocs', '/doc%73/', '/%64ocs/swagger-ui-init.js', '/docs%2Djson', '/%64ocs/audit.md');
    for (const path of paths) {
      const { status, headers } = await get(path);
      const policy = headers['content-security-policy'] as string;
      expect([path, status, headers['x-frame-options']]).toEqual([path, 200, 'DENY']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(/script-src ([^;]*)/.exec(policy)?.[1]).toBe("'self'");
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await get('/docs')).text).not.toMatch(/<script>|<script [^>]*>\s*\S+\s*<\/script>|\son\w+=/);
  });

  it('keep no bearer, and send no document elsewhere', async () => {
    const { text } = await get('/docs/swagger-ui-init.js');
    expect(text).toContain('"persistAuthorization": false');
    expect(text).toContain('"validatorUrl": null');
  });

  it('are served wherever an OpenAPI document points to one', async () => {
    const links = new Set<string>();
    for (const name of names) {
      const text = JSON.stringify((await operationsOf(url, name)).document);
      for (const [, link] of text.matchAll(/\]\((\/[^)]+)\)/g)) links.add(link as string);
      expect(text.match(/(?<!\]\(\/)\bdocs\/[\w./-]+/g)).toBeNull();
    }
    expect(links.size).toBeGreaterThan(2);
    for (const link of links) expect([link, (await get(link)).status]).toEqual([link, 200]);
  });

  it.each([
    ['native', ['issueToken', 'listTokens']],
    ['opentrain', ['createOpenTrainToken', 'listOpenTrainTokens']],
    ['infisical', ['createInfisicalIdentity']],
    ['vcita', ['createVcitaToken', 'listVcitaTokens']],
    ['oauth', ['introspect', 'revokeSecret']],
  ] as const)('begin, for %s, with what a newcomer does first', async (name, first) => {
    const { document } = await operationsOf(url, name);
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(ids.slice(0, first.length)).toEqual(first);
  });

  it('name the tags of tokens and their verification before all others', async () => {
    const { tags } = JSON.parse((await get('/docs-json')).text) as { tags: { name: string }[] };
    expect(tags.slice(0, 2).map(({ name }) => name)).toEqual(['tokens', 'verification']);
  });
});
