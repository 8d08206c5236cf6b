import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchange } from './exchange.js';
import type { TestBusiness } from './factories.js';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

/** The lines of an export, each with its newline. */
export async function exportOf(business: TestBusiness, query = ''): Promise<string[]> {
  const { status, text } = await exchange(business.api.url, {
    method: 'GET',
    path: `/api/v1/audit/export${query}`,
    headers: [
      ['authorization', `Bearer ${business.api.secret}`],
      ['x-business-id', business.id],
    ],
  });
  if (status !== 200) throw new Error(`no export: ${status} ${text}`);
  return text.split(/(?<=\n)/);
}

export interface Verification {
  code: number | null;
  failures: { kind: string; sequences: [number, number] | null }[];
  events: number;
  events_proven: number;
  dropped: number;
  dropped_under: { id: string; sequence: number; through_sequence: number } | null;
}

/** What `rescind audit verify` says of an export, run as a program of its own, without server and database. */
export async function verify(
  lines: readonly string[],
  publicKey: string,
  checkpoints: readonly string[] = [],
): Promise<Verification> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-verify-'));
  try {
    const file = join(directory, 'export.ndjson');
    await writeFile(file, lines.join(''));
    return await verifyFile(file, publicKey, checkpoints);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same of a file as it lies there. */
export async function verifyFile(
  file: string,
  publicKey: string,
  checkpoints: readonly string[] = [],
): Promise<Verification> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-verify-'));
  try {
    const kept = await Promise.all(
      checkpoints.map(async (note, index) => {
        const path = join(directory, `${index}.checkpoint`);
        await writeFile(path, note);
        return ['--checkpoint', path];
      }),
    );
    const child = spawn(
      process.execPath,
      [MAIN, 'audit', 'verify', '--json', '--export', file, '--public-key', publicKey, ...kept.flat()],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    const report = JSON.parse(output) as Omit<Verification, 'code'>;
    return { ...report, code };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
