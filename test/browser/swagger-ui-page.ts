import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Locator, Page, Request } from 'playwright-core';
import type { Operation } from '../support/operations.js';
import type { Visitor } from '../support/try-it-out.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WAIT_MS = 60_000;
const SENT_MS = 15_000;
const PRESSES_MAX = 3;

/** Swagger UI with one document, used as a visitor uses it: by its buttons and fields. */
export class SwaggerUiPage {
  /** What the browser complained about, but for refusals, which it calls failures to load. */
  readonly complaints: string[] = [];
  private isDialogJudged = false;

  private constructor(private readonly page: Page) {
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/^Failed to load resource: .* status of 4/.test(message.text()))
        this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, address: string): Promise<SwaggerUiPage> {
    const page = await browser.newPage();
    const opened = new SwaggerUiPage(page);
    await page.goto(address);
    await opened.shown();
    return opened;
  }

  /** On a page that leads there by itself. */
  static async on(page: Page): Promise<SwaggerUiPage> {
    const opened = new SwaggerUiPage(page);
    await opened.shown();
    return opened;
  }

  /** Until its operations are there. */
  async shown(): Promise<void> {
    await this.page.locator('.opblock').first().waitFor();
    await this.page.evaluate(AXE);
  }

  /** What it says of who is signed in. */
  get session(): Locator {
    return this.page.getByRole('region', { name: 'Session' });
  }

  /** The groups of operations. */
  groups(): Promise<string[]> {
    return this.page
      .locator('.opblock-tag')
      .evaluateAll((tags) => tags.map((tag) => tag.getAttribute('data-tag') ?? ''));
  }

  close(): Promise<void> {
    return this.page.close();
  }

  /** How many operations it shows. */
  count(): Promise<number> {
    return this.page.locator('.opblock').count();
  }

  /** Enters what the visitor has into the dialog behind "Authorize"; critical findings in the dialog, which are looked for once. */
  async authorize({ secret, businessId }: Visitor): Promise<string[]> {
    const open = this.page.locator('.auth-wrapper .btn.authorize');
    if ((await open.count()) === 0) return [];
    await open.click();
    const dialog = this.page.locator('.dialog-ux');
    for (const [scheme, value] of [
      ['bearer', secret],
      ['business', businessId],
    ] as const) {
      const form = dialog
        .locator('.auth-container')
        .filter({ has: this.page.getByText(scheme, { exact: true }) });
      if ((await form.count()) === 0) continue;
      const leave = form.getByRole('button', { name: 'Remove authorization' });
      if ((await leave.count()) > 0) await leave.click();
      await form.locator('input').fill(value);
      await form.getByRole('button', { name: 'Apply credentials' }).click();
    }
    const findings = this.isDialogJudged ? [] : await this.criticalFindings('.dialog-ux');
    this.isDialogJudged = true;
    await dialog.locator('.close-modal').click();
    return findings;
  }

  /** Fills in what must be filled in, and presses "Execute": the status, and critical findings in what is shown then. */
  async execute(operation: Operation, visitor: Visitor): Promise<{ status: number; findings: string[] }> {
    const id = operation.operationId as string;
    const selector = `#operations-${operation.tags?.[0]}-${id}`;
    const block = this.page.locator(selector);
    await block.locator('.opblock-summary-control').click();
    await block.locator('button.execute').waitFor();
    await this.send(block, operation, visitor);
    const answer = block.locator('.live-responses-table tbody td.response-col_status').first();
    await answer.waitFor();
    const status = Number.parseInt(await answer.innerText(), 10);
    const findings = await this.criticalFindings(selector);
    await block.locator('.opblock-summary-control').click();
    return { status, findings };
  }

  /** As `execute`, for an answer without an end, which Swagger UI waits for: the status that it begins with. */
  async begin(operation: Operation, visitor: Visitor): Promise<number> {
    const block = this.page.locator(`#operations-${operation.tags?.[0]}-${operation.operationId}`);
    await block.locator('.opblock-summary-control').click();
    await block.locator('button.execute').waitFor();
    const begun = this.page.waitForResponse((answer) => operation.matches(new URL(answer.url()).pathname));
    await this.send(block, operation, visitor);
    return (await begun).status();
  }

  /**
   * Fills in and presses until a request goes out: Swagger UI shows an operation before it has resolved its schemas,
   * and what was entered until then is lost, so that "Execute" only marks the empty field.
   */
  private async send(block: Locator, operation: Operation, visitor: Visitor): Promise<void> {
    const isSent = (request: Request): boolean => request.method() === operation.method;
    const ours = new Set<string>();
    for (let attempt = 1; attempt <= PRESSES_MAX; attempt++) {
      for (const name of await this.blankFields(block)) ours.add(name);
      for (const name of ours)
        await this.fieldOf(block, name).fill(visitor.fill(operation.operationId as string, name));
      const sent = this.page.waitForRequest(isSent, { timeout: SENT_MS }).then(
        () => true,
        () => false,
      );
      await block.locator('button.execute').click();
      if (await sent) return;
    }
    throw new Error(
      `${operation.operationId}: nothing was sent after ${PRESSES_MAX} presses:\n${await block.innerText()}`,
    );
  }

  /** The parameters that must be filled in and have no example. */
  private async blankFields(block: Locator): Promise<string[]> {
    const rows = block.locator('tr[data-param-name]:has(.parameter__name.required):has(input[type=text])');
    const blank: string[] = [];
    for (const row of await rows.all()) {
      const name = (await row.getAttribute('data-param-name')) as string;
      if ((await this.fieldOf(block, name).inputValue()) === '') blank.push(name);
    }
    return blank;
  }

  private fieldOf(block: Locator, name: string): Locator {
    return block.locator(`tr[data-param-name="${name}"] input[type=text]`);
  }

  /** What axe-core calls critical in a part of the page. */
  async criticalFindings(selector: string): Promise<string[]> {
    return this.page.evaluate<string[]>(
      `axe.run(${JSON.stringify(selector)}, { rules: { 'color-contrast': { enabled: false } } }).then(({ violations }) => violations.filter(({ impact }) => impact === 'critical')
         .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 120))))`,
    );
  }

  /** All that the browser would keep. */
  async kept(): Promise<string> {
    const storage = await this.page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }])',
    );
    return storage + JSON.stringify(await this.page.context().cookies());
  }
}
