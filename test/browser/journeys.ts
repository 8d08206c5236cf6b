import { jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { startChromium } from './chromium.js';
import { ConsolePage } from './console-page.js';

/** A journey has many steps, and the machine may be slow. */
const JOURNEY_MS = 120_000;

/**
 * Opens windows for the journeys of a spec, each as another person: with cookies of its own. With each test they are closed,
 * and none may have complained by then: of the policy of the page, or of a fault of its scripts.
 */
export function windows(): { open: (url: string) => Promise<ConsolePage> } {
  let browser: Browser;
  const opened: ConsolePage[] = [];
  jest.setTimeout(JOURNEY_MS);
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const all = opened.splice(0);
    for (const { context } of all) await context.close();
    expect(all.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
  return {
    open: async (url) => {
      const console = await ConsolePage.open(browser, url);
      opened.push(console);
      return console;
    },
  };
}

/** What a press saves as a file: its name, its text, and where it lies until the window is closed. */
export async function savedBy(
  page: Page,
  press: () => Promise<void>,
): Promise<{ name: string; text: string; path: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()]);
  const path = await download.path();
  return { name: download.suggestedFilename(), text: await readFile(path, 'utf8'), path };
}

/** A call that a script of the page makes, with the cookie that the browser adds. */
export function callFrom(
  { page }: ConsolePage,
  method: string,
  path: string,
  { business, body }: { business?: string; body?: object } = {},
): Promise<{ status: number; code: string | undefined }> {
  return page.evaluate(
    async ([how, where, whose, what]) => {
      const answer = await fetch(where, {
        method: how,
        headers: {
          ...(whose !== null && { 'x-business-id': whose }),
          ...(what !== null && { 'content-type': 'application/json' }),
        },
        ...(what !== null && { body: what }),
      });
      const said = (await answer.json().catch(() => null)) as { code?: string } | null;
      return { status: answer.status, code: said?.code };
    },
    [method, path, business ?? null, body === undefined ? null : JSON.stringify(body)] as const,
  );
}

/** One of a few that are all seen. */
export function choose(within: Page | Locator, name: RegExp | string): Promise<void> {
  return press(within, 'radio', name);
}

/** What is off becomes on. */
export function tick(within: Page | Locator, name: RegExp | string): Promise<void> {
  return press(within, 'checkbox', name);
}

/** The control itself is not seen: a person presses what stands beside it. */
async function press(
  within: Page | Locator,
  role: 'radio' | 'checkbox',
  name: RegExp | string,
): Promise<void> {
  const page = 'page' in within ? within.page() : within;
  const label = within.locator('label');
  await label.filter({ has: page.getByRole(role, { name, checked: false }) }).click();
  await within.getByRole(role, { name, checked: true }).waitFor({ state: 'attached' });
}

/** One of a list that opens. */
export async function pick(page: Page, label: RegExp | string, option: string): Promise<void> {
  await page.getByRole('button', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
}
