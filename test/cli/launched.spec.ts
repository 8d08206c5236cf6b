import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { testRun } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';

const LAUNCH = join(import.meta.dirname, '..', '..', 'bin', 'launch.mjs');
const NOWHERE = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere', PORT: '0' };

let leftover: number | undefined;
afterEach(() => {
  if (leftover !== undefined && isAlive(leftover)) process.kill(leftover, 'SIGKILL');
});

/** Runs the command line as it runs where Node.js is too old: under another, as a child of the launcher. */
function launched(args: string[], env: Record<string, string> = {}) {
  const script = `import { launch } from ${JSON.stringify(LAUNCH)}; launch(process.execPath, ${JSON.stringify(args)});`;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(RESCIND_|NODE_OPTIONS$)/.test(name));
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...Object.fromEntries(inherited), ...testRun().secrets, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const pid = child.pid as number;
  const waits = (): Promise<number> =>
    waitFor('the service to wait for its database', () => {
      if (!output.includes('Waiting for the database')) return null;
      const [only] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
      return (leftover = Number(only));
    });
  return { child, ended, waits, output: () => output };
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

it('a launched command prints and ends as if it had been started directly', async () => {
  const help = launched(['--help']);
  expect((await help.ended)[0]).toBe(0);
  expect(help.output()).toContain('Usage: rescind');
  const unknown = launched(['fly']);
  expect((await unknown.ended)[0]).toBe(1);
  expect(unknown.output()).toContain("unknown command 'fly'");
});

it('a signal to the launcher ends the service in order', async () => {
  const { child, ended, waits } = launched(['serve'], NOWHERE);
  const service = await waits();
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(isAlive(service)).toBe(false);
});

it('a service does not outlive a launcher that was killed', async () => {
  const { child, ended, waits } = launched(['serve'], NOWHERE);
  const service = await waits();
  child.kill('SIGKILL');
  await ended;
  await waitFor('the service to end', () => !isAlive(service));
});
