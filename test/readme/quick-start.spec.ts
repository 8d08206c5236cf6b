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

/** All bash blocks, one after the other, up to the first that fails. */
async function paste(
  platformToken: string | undefined,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const script = blocks()
    .filter(({ language }) => language === 'bash')
    .map(({ text }) => text)
    .join('\n');
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, PORT: String(server.port) };
  if (platformToken !== undefined) env.PLATFORM = platformToken;
  return promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { env }).then(
    (output) => ({ code: 0, ...output }),
    (error: unknown) => error as { code: unknown; stdout: string; stderr: string },
  );
}

it.each([[undefined], ['']])(
  'without a platform token (%s) it stops at once, and says what is missing',
  async (none) => {
    const { code, stdout, stderr } = await paste(none);
    expect({ code: code !== 0, stdout }).toEqual({ code: true, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toContain(
      'PLATFORM: is not set: put the platform token into it first',
    );
    expect(stderr).not.toContain('curl');
  },
);

it('with one that is not good it stops at the first call, and shows the refusal', async () => {
  const { code, stdout, stderr } = await paste(`${server.platformToken}x`);
  expect({ code: code !== 0, stdout }).toEqual({ code: true, stdout: '' });
  expect(stderr).toContain("code: 'authentication.invalid'");
  expect(stderr.match(/curl: \(22\)/g)).toHaveLength(1);
});

it('every call of README.md that is run shows a refusal, and fails with it', () => {
  const calls = blocks().flatMap(({ language, text }) =>
    language === 'bash' ? text.split('\n').filter((line) => /\bcurl /.test(line)) : [],
  );
  expect(calls.length).toBeGreaterThan(10);
  expect(calls.filter((line) => !line.includes('--fail-with-body'))).toEqual([]);
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
