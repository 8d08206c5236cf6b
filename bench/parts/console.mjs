// @ts-check
/// <reference lib="dom" />
import { chromium } from 'playwright-core';
import { startRescind } from '../lib/rescind.mjs';
import { quantile } from '../lib/statistics.mjs';
import { copyTokens, createTenant } from '../lib/tenants.mjs';

const CHROMIUM = '/usr/bin/chromium';
/** How much slower than this machine that of the reader is. */
const SLOWDOWN = 4;
const WAIT_MS = 60_000;

/**
 * What a reader of the console waits for, in Debian's Chromium: until the tokens screen of a business with many tokens
 * can be used, with empty caches on a slower processor; and from a letter typed into its search until what it finds is
 * seen, the pause for the next letter included.
 */
export async function measureConsole({ env, directory, mint, database, say }, { tokens, loads, searches }) {
  const url = await database.create('console');
  const rescind = await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory });
  const tenant = await createTenant(rescind.api, 'Read by people');
  const session = await database.connect(url);
  await copyTokens(session, mint, tenant, tokens);
  // As autovacuum does by itself some time later.
  await session.query('VACUUM (ANALYZE) tokens');
  await session.end();
  const address = `${rescind.url}/console/b/${tenant.id}/tokens`;
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--disable-dev-shm-usage'] });
  try {
    const cookies = await signedIn(browser, address, tenant.secret);
    const results = {};
    for (const [name, text] of Object.entries(searchesOver(tokens, searches))) {
      results[name] = await searched(browser, address, cookies, text);
      say(`${name}: p95 ${Math.round(quantile(results[name], 0.95))} ms`);
    }
    const opened = [];
    for (let load = 0; load < loads; load++) opened.push(await loaded(browser, address, cookies));
    say(`usable: p95 ${Math.round(quantile(opened.map(({ ms }) => ms), 0.95))} ms`); // prettier-ignore
    return {
      usable: percentiles(opened.map(({ ms }) => ms)),
      layoutShift: Math.max(...opened.map(({ shift }) => shift)),
      searches: Object.entries(results).map(([name, ms]) => ({ name, ...percentiles(ms) })),
    };
  } finally {
    await browser.close();
    await rescind.stop();
  }
}

const percentiles = (values) => ({ p50: quantile(values, 0.5), p95: quantile(values, 0.95) });

/** The oldest of the names end in the lowest numbers, and lists begin with the newest. */
function searchesOver(tokens, count) {
  const numbers = Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * tokens) / count));
  return {
    'a part of many names': numbers.map((number) => `token ${String(number).slice(0, 2)}`),
    'a name that one token has': numbers.map((number) => `token ${number}`),
  };
}

async function signedIn(browser, address, secret) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.getByLabel('Token', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Sign in with a token' }).click();
  await page.getByRole('grid', { name: 'Tokens' }).waitFor({ timeout: WAIT_MS });
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

/**
 * Opens the screen in a browser without caches; ms from the start of the navigation until the first rows have been drawn,
 * nothing is being searched for, and the page takes the next event. The page says so by itself: `waitForFunction` would
 * have it compile the scripts of Playwright first, at the reader's expense.
 */
async function loaded(browser, address, cookies) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const devTools = await context.newCDPSession(page);
  await devTools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  await devTools.send('Runtime.enable');
  await devTools.send('Runtime.addBinding', { name: 'sayUsable' });
  const said = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The tokens screen did not become usable.')), WAIT_MS);
    devTools.on('Runtime.bindingCalled', ({ payload }) => {
      clearTimeout(timer);
      resolve(Number(payload));
    });
  });
  await page.addInitScript(() => {
    const look = () => {
      const isShown = document.querySelector('[role=row] a') !== null;
      const isFound = document.querySelector('[role=status][aria-busy=false]') !== null;
      if (!isShown || !isFound) requestAnimationFrame(look);
      else requestAnimationFrame(() => setTimeout(say));
    };
    const say = () => /** @type {any} */ (globalThis).sayUsable(String(performance.now()));
    look();
  });
  const [ms] = await Promise.all([said, page.goto(address, { waitUntil: 'commit' })]);
  const shift = await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => resolve(sumOf(list.getEntries()))).observe({
          type: 'layout-shift',
          buffered: true,
        });
        // Nothing has shifted when there is nothing to observe.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)));
        const sumOf = (entries) => entries.reduce((sum, { value }) => sum + value, 0);
      }),
  );
  await context.close();
  return { ms, shift };
}

/** Enters one text after the other; ms from each until the rows are those that it finds, and have been drawn. */
async function searched(browser, address, cookies, texts) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole('grid', { name: 'Tokens' }).waitFor({ timeout: WAIT_MS });
  const field = page.getByRole('searchbox', { name: 'Search tokens by name' });
  const times = [];
  for (const text of texts) {
    await page.evaluate((wanted) => {
      const state = /** @type {any} */ (globalThis);
      state.drawn = new Promise((resolve) => {
        document.addEventListener(
          'input',
          () => {
            const begun = performance.now();
            const look = () => {
              const names = [...document.querySelectorAll('[role=row] a')].map((each) => each.textContent);
              const isIdle = document.querySelector('[role=status][aria-busy=false]') !== null;
              const isFound = names.length > 0 && names.every((name) => name?.includes(wanted));
              if (isIdle && isFound) requestAnimationFrame(() => resolve(performance.now() - begun));
              else requestAnimationFrame(look);
            };
            look();
          },
          { once: true, capture: true },
        );
      });
    }, text);
    await field.fill(text);
    times.push(await page.evaluate(() => /** @type {any} */ (globalThis).drawn));
  }
  await context.close();
  return times;
}
