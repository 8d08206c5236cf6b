import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SESSION_COOKIE } from '../../src/common/session-secret.js';
import { aBusiness, aToken, type TestBusiness } from '../support/factories.js';
import { SessionApi } from '../support/session.js';
import { sharedApp } from '../support/shared-app.js';
import { startChromium } from './chromium.js';
import { ConsolePage } from './console-page.js';

/**
 * Pages of others in the browser of somebody who is signed in: one of another port of the same host, to which the browser
 * sends the cookie along because they are the same site, and one of another site.
 */
describe.each([
  ['of another port of this host', '127.0.0.1'],
  ['of another site', 'localhost'],
])('in a real browser, a page %s', (_, host) => {
  let browser: Browser;
  let url: string;
  let business: TestBusiness;
  let server: Server;
  let hostile: string;
  let served = '';
  let context: BrowserContext;
  let page: Page;
  let session: SessionApi;

  beforeAll(async () => {
    browser = await startChromium();
    ({ url } = await sharedApp());
    server = createServer((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<!doctype html><title>evil</title>${served}`),
    ).listen(0, host);
    await once(server, 'listening');
    hostile = `http://${host}:${(server.address() as AddressInfo).port}/`;
    business = await aBusiness();
    const owner = await aToken(business, { role: 'owner' });
    const console = await ConsolePage.open(browser, url);
    await console.signIn(owner.secret, `/b/${business.id}/tokens`);
    ({ context } = console);
    const [cookie] = await context.cookies(url);
    expect(cookie?.name).toBe(SESSION_COOKIE);
    session = new SessionApi(url, cookie!.value, business.id);
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    page = await context.newPage();
  });
  afterEach(async () => {
    // Whatever was tried: the same session, and nothing changed.
    const [cookie] = await context.cookies(url);
    expect(cookie?.value === session.sessionSecret).toBe(true);
    expect((await session.get('/api/v1/sessions/current')).status).toBe(200);
    const { body } = await business.api.get('/api/v1/tokens');
    expect((body.items as { name: string }[]).filter(({ name }) => name === 'theirs')).toEqual([]);
  });

  async function open(html: string): Promise<void> {
    served = html;
    await page.goto(hostile);
  }

  it.each([
    ['/api/v1/sessions/current/end', 'application/x-www-form-urlencoded', {}],
    ['/api/v1/sessions/current/end', 'text/plain', { '{"a': '":1}' }],
    ['/api/v1/tokens', 'text/plain', { '{"name":"theirs","x': '":1}' }],
    ['/api/v1/tokens', 'multipart/form-data', { name: 'theirs' }],
    ['/api/v1/sessions', 'application/x-www-form-urlencoded', {}],
    ['/sign-in/recovery', 'application/x-www-form-urlencoded', { business: 'x', code: 'x' }],
  ])('changes nothing by a form to %s as %s', async (path, type, fields) => {
    const inputs = Object.entries(fields).map(([name, value]) => `<input name='${name}' value='${value}'>`);
    await open(`<form method=post action="${url}${path}" enctype="${type}">${inputs.join('')}</form>`);
    const [answer] = await Promise.all([
      page.waitForResponse((each) => each.url() === url + path),
      page.evaluate('document.forms[0].submit()'),
    ]);
    expect([401, 403, 415]).toContain(answer.status());
    expect(answer.headers()['set-cookie']).toBeUndefined();
  });

  it('changes nothing and reads nothing by a script', async () => {
    await open('');
    const tried = await page.evaluate<unknown[]>(`(async () => {
      const ask = (path, init) => fetch('${url}' + path, { credentials: 'include', ...init })
        .then(async (answer) => [answer.type, answer.status, await answer.text()], () => 'refused');
      const business = { 'x-business-id': '${business.id}' };
      return Promise.all([
        ask('/api/v1/sessions/current', {}),
        ask('/api/v1/tokens', { headers: business }),
        ask('/api/v1/sessions/current/end', { method: 'POST' }),
        ask('/api/v1/sessions/current/end', { method: 'POST', mode: 'no-cors', keepalive: true }),
        ask('/api/v1/tokens', { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: '{"name":"theirs"}' }),
        ask('/api/v1/tokens', { method: 'POST', headers: { ...business, 'content-type': 'application/json' }, body: '{"name":"theirs"}' }),
        ask('/api/v1/tokens', { method: 'POST', headers: { ...business, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }, body: '{"name":"theirs"}' }),
      ]);
    })()`);
    const [own, list, end, blind, blindly, json, pretending] = tried;
    for (const refused of [own, list, end, json, pretending]) expect(refused).toBe('refused');
    // It was sent, and what came of it is not told; where the cookie went along, not even that there was an answer.
    for (const untold of [blind, blindly])
      expect(untold).toEqual(host === 'localhost' ? ['opaque', 0, ''] : 'refused');
  });

  it.each(['/console/', '/docs', '/audit/verify'])('shows no %s in a frame', async (path) => {
    await open(`<iframe src="${url}${path}"></iframe>`);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    await page.waitForLoadState('load');
    expect(await frame?.locator('button, input, a, pre').count()).toBe(0);
    expect(frame?.url()).not.toBe(url + path);
  });

  it('cannot tell by embedding whether somebody is signed in', async () => {
    await open('');
    const outcomes = await page.evaluate<string[]>(`(async () => {
      const embed = (tag, attribute, path, more) => new Promise((resolve) => {
        const element = Object.assign(document.createElement(tag), more);
        element.onload = () => resolve('load');
        element.onerror = () => resolve('error');
        element[attribute] = '${url}' + path;
        document.body.append(element);
      });
      return Promise.all(['/api/v1/sessions/current', '/api/v1/sessions/none'].flatMap((path) => [
        embed('script', 'src', path), embed('img', 'src', path), embed('link', 'href', path, { rel: 'stylesheet' }),
      ]));
    })()`);
    expect(outcomes).toEqual(outcomes.map(() => 'error'));
  });

  it('has no hold on a window of the console that it opens', async () => {
    await open('');
    const [opened] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate(`void (window.theirs = window.open('${url}/console/'))`),
    ]);
    await opened.getByRole('navigation', { name: 'Screens' }).waitFor();
    expect(await opened.evaluate('window.opener')).toBeNull();
    expect(await page.evaluate('window.theirs.closed')).toBe(true);
    await opened.close();
  });

  it('sends nobody elsewhere by an address of the sign-in', async () => {
    for (const target of ['//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const other = await ConsolePage.open(browser, url);
      const { secret } = await aToken(business, { role: 'admin' });
      await other.signIn(secret, `/sign-in?return_to=${encodeURIComponent(target)}`);
      expect(new URL(other.page.url()).origin).toBe(url);
      expect(other.complaints).toEqual([]);
      await other.context.close();
    }
  }, 120_000);
});
