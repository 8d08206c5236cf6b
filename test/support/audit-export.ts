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
  publicKey: string | readonly string[],
  checkpoints: readonly string[] = [],
  options: readonly string[] = [],
): Promise<Verification> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-verify-'));
  try {
    const file = join(directory, 'export.ndjson');
    await writeFile(file, lines.join(''));
    return await verifyFile(file, publicKey, checkpoints, options);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same of a file as it lies there. */
export async function verifyFile(
  file: string,
  publicKey: string | readonly string[],
  checkpoints: readonly string[] = [],
  options: readonly string[] = [],
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
    const keys = [publicKey].flat().flatMap((key) => ['--public-key', key]);
    const child = spawn(
      process.execPath,
      [MAIN, 'audit', 'verify', '--json', '--export', file, ...keys, ...kept.flat(), ...options],
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

/** What `rescind audit verify` says of a directory of archives alone. */
export async function verifyArchives(
  directory: string,
  publicKey: string,
): Promise<{ code: number | null; reports: unknown }> {
  const child = spawn(
    process.execPath,
    [MAIN, 'audit', 'verify', '--json', '--archive', directory, '--public-key', publicKey],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, reports: output === '' ? null : (JSON.parse(output) as unknown) };
}
