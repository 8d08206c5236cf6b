import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WAIT_MS = 60_000;

interface GivenFile {
  name: string;
  content: string | Buffer;
}

/** The page that verifies, used as a reader uses it. */
export class AuditVerifyPage {
  /** What the browser complained about: violations of the page's policy are among it. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    address: string,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<AuditVerifyPage> {
    const page = await browser.newPage({ colorScheme });
    const opened = new AuditVerifyPage(page);
    await page.goto(address);
    await page.getByRole('button', { name: 'Verify' }).waitFor();
    return opened;
  }

  close(): Promise<void> {
    return this.page.close();
  }

  async choose(files: readonly GivenFile[]): Promise<void> {
    await this.page.getByLabel('Choose files').setInputFiles(
      files.map(({ name, content }) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(content),
      })),
    );
    for (const { name } of files) await this.page.getByLabel(`What ${name} is`).waitFor();
  }

  /** As a hand with a mouse does. */
  async drop({ name, content }: GivenFile): Promise<void> {
    const [file, text] = [name, content.toString()].map((each) => JSON.stringify(each));
    const transfer = await this.page.evaluateHandle(
      `(() => { const made = new DataTransfer(); made.items.add(new File([${text}], ${file})); return made; })()`,
    );
    await this.page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
    await this.page.getByLabel(`What ${name} is`).waitFor();
  }

  trust(keys: string): Promise<void> {
    return this.page.getByLabel('Public keys of the log').fill(keys);
  }

  async verify(): Promise<{ heading: string; report: string }> {
    await this.page.getByRole('button', { name: 'Verify' }).click();
    return this.outcome();
  }

  async outcome(): Promise<{ heading: string; report: string }> {
    await this.page.locator('#outcome:not([data-state=working])').waitFor();
    return {
      heading: await this.page.locator('#outcome-heading').innerText(),
      report: await this.page.locator('#report').innerText(),
    };
  }

  /** All that axe-core finds, contrast of colours included. */
  async findings(): Promise<string[]> {
    await this.page.evaluate(AXE);
    return this.page.evaluate<string[]>(
      `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 120))))`,
    );
  }
}
