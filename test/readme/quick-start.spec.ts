import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { blocks } from './readme.js';
import { startAsReadmeSays, type ReadmeServer } from './readme-server.js';

const SEPARATOR = '\u001e';

let server: ReadmeServer;

beforeAll(async () => {
  server = await startAsReadmeSays();
});

afterAll(async () => {
  const { code, output } = await server.stop();
  expect({ code, failures: output.match(/"level":50/g) }).toEqual({ code: 0, failures: null });
});

it('every bash block of README.md runs as it stands, and answers what README.md shows', async () => {
  const all = blocks();
  const runnable = all.filter(({ language }) => language === 'bash');
  const script = runnable.map(({ text }) => `${text}\nprintf '${SEPARATOR}'\n`).join('');
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    env: { PATH: process.env.PATH, PORT: String(server.port), PLATFORM: server.platformToken },
  });
  const answers = stdout.split(SEPARATOR);
  let shown = 0;
  for (const [index, block] of runnable.entries()) {
    const next = all[all.indexOf(block) + 1];
    if (next?.language !== 'json') continue;
    expect(normal(JSON.parse(answers[index] ?? ''))).toMatchObject(normal(JSON.parse(next.text)));
    shown++;
  }
  expect(shown).toBeGreaterThanOrEqual(4);
});

/** Ids and times differ from run to run: only that they are ones is compared. */
function normal(answer: unknown): Record<string, unknown> {
  const text = JSON.stringify(answer)
    .replaceAll(/"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"<id>"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"');
  return JSON.parse(text) as Record<string, unknown>;
}
