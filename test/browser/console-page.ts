import AxeBuilder from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';

/** What a browser says by itself when a call is refused, which screens say in words of their own. */
const REFUSED_CALL =
  /^Failed to load resource: (?:.* (?:40[0-9]|422|429|503)|net::ERR_(?:INTERNET_DISCONNECTED|CONNECTION_(?:REFUSED|RESET)))/;

/** How long anything may take to appear. */
const WAIT_MS = 60_000;

/** A person's window on the console, and everything that the browser had to complain of. */
export class ConsolePage {
  /** Violations of the policy, faults of scripts, warnings. */
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
  ) {
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (said) => {
      const isComplaint = ['error', 'warning'].includes(said.type()) && !REFUSED_CALL.test(said.text());
      if (isComplaint) this.complaints.push(said.text());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<ConsolePage> {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
    return new ConsolePage(context, await context.newPage(), url);
  }

  /** Another tab of the same browser: the same cookie. */
  async another(): Promise<ConsolePage> {
    return new ConsolePage(this.context, await this.context.newPage(), this.url);
  }

  /** @param path below /console */
  async go(path: string): Promise<void> {
    await this.page.goto(`${this.url}/console${path}`);
  }

  async presentToken(secret: string): Promise<void> {
    await this.page.getByLabel('Token', { exact: true }).fill(secret);
    await this.page.getByRole('button', { name: 'Sign in with a token' }).click();
  }

  /** Opens an address below /console as whoever holds `secret`, by way of the sign-in. */
  async signIn(secret: string, path: string): Promise<void> {
    await this.go(path);
    await this.presentToken(secret);
    await this.page.getByRole('navigation', { name: 'Screens' }).waitFor();
  }

  /** Until nothing on the screen is being read any more. */
  async read(): Promise<void> {
    await this.page.locator('.appear-late').first().waitFor({ state: 'detached' });
  }

  heading(name: string) {
    return this.page.getByRole('heading', { level: 1, name });
  }

  /**
   * What axe finds against WCAG 2.2 AA and its best practices, in one line each.
   * @param options.isPopoverOpen React Aria puts hidden buttons that close a popover beside the dialog in it, which is no
   *   landmark: a best practice of axe, and no rule of WCAG
   */
  async findings({ isPopoverOpen = false } = {}): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .disableRules(isPopoverOpen ? ['region'] : [])
      .setLegacyMode(true)
      .analyze();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }
}
