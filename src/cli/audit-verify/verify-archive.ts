import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublicNoteKey } from '../../log-format/transparency/note-key.js';
import { isAsRecorded } from './read-inputs.js';
import { UnreadableInput } from '../../log-format/verifying/unreadable-input.js';
import { verifyExport } from './verify-export.js';

/** The format of `sha256sum`, one line per file, beside the archives of a log. */
const MANIFEST = 'SHA256SUMS';
const MANIFEST_LINE = /^([0-9a-f]{64}) [ *]((\d+)-(\d+)\.ndjson\.gz)$/;
const ARCHIVE = /^\d+-\d+\.ndjson\.gz$/;

/** What was found in the archive of one log, as `--json` prints it. */
interface ArchiveReport {
  directory: string;
  origin: string | null;
  /** Of all files, those that are proven. */
  events_proven: number;
  files: number;
  /** The range that the files cover without a gap; null for none. */
  covered: [number, number] | null;
  failures: string[];
}

interface Listed {
  name: string;
  sha256: string;
  first: number;
  last: number;
}

/**
 * Verifies the archives in or below a directory, with one report per log: each file in the manifest exists as it was
 * written and is an export that verifies, and no event between the first and the last is missing in all of them.
 * @throws UnreadableInput if there is no manifest, or a file exists and cannot be read
 */
export async function verifyArchive(
  directory: string,
  expected: { keys: readonly PublicNoteKey[]; origin: string | null },
): Promise<ArchiveReport[]> {
  const names = await entriesOf(directory);
  if (isOfLog(names)) return [await verifyLog(directory, names, expected)];
  const reports: ArchiveReport[] = [];
  for (const name of names.toSorted()) {
    const below = join(directory, name);
    const inside = await readdir(below).catch((): string[] => []);
    if (isOfLog(inside)) reports.push(await verifyLog(below, inside, expected));
  }
  if (reports.length === 0)
    throw new UnreadableInput(`${directory} holds no archive: there is no ${MANIFEST}`);
  return reports;
}

/** Whether a directory with these files contains archives, or contained some. */
function isOfLog(names: readonly string[]): boolean {
  return names.includes(MANIFEST) || names.some((name) => ARCHIVE.test(name));
}

async function verifyLog(
  directory: string,
  names: readonly string[],
  expected: { keys: readonly PublicNoteKey[]; origin: string | null },
): Promise<ArchiveReport> {
  const report: ArchiveReport = {
    directory,
    origin: expected.origin,
    events_proven: 0,
    files: 0,
    covered: null,
    failures: [],
  };
  const listed = await readManifest(directory, names, report.failures);
  const known = new Set(listed.map(({ name }) => name));
  for (const name of names)
    if (ARCHIVE.test(name) && !known.has(name)) report.failures.push(`${name} is not in ${MANIFEST}`);
  for (const file of listed) await verifyFile(directory, file, expected.keys, report);
  return report;
}

async function verifyFile(
  directory: string,
  { name, sha256, first, last }: Listed,
  keys: readonly PublicNoteKey[],
  report: ArchiveReport,
): Promise<void> {
  report.files += 1;
  if (!(await isAsRecorded(directory, { name, sha256, sequence: 0 }))) {
    report.failures.push(`${name} is not what was written, or is gone`);
    return;
  }
  const { origin } = report;
  const found = await verifyExport(join(directory, name), {
    keys,
    kept: [],
    origin,
    archive: null,
    requireComplete: false,
  });
  report.origin ??= found.origin;
  if (!found.verified || !found.complete || found.first_sequence !== first || found.last_sequence !== last)
    report.failures.push(
      `${name} is no whole export of these events: ${found.failures[0]?.message ?? 'others are in it'}`,
    );
  report.events_proven += found.events_proven;
  const { covered } = report;
  if (covered !== null && first > covered[1] + 1)
    report.failures.push(`the events ${covered[1] + 1} to ${first - 1} are in no file`);
  report.covered = covered === null ? [first, last] : [covered[0], Math.max(covered[1], last)];
}

/** In the order of their first events. */
async function readManifest(
  directory: string,
  names: readonly string[],
  failures: string[],
): Promise<Listed[]> {
  if (!names.includes(MANIFEST)) {
    failures.push(`${MANIFEST} is gone`);
    return [];
  }
  const text = await readFile(join(directory, MANIFEST), 'utf8');
  const listed: Listed[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, sha256, name, first, last] = MANIFEST_LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined)
      failures.push(`${MANIFEST} has a line that is none of its own`);
    else listed.push({ name, sha256, first: Number(first), last: Number(last) });
  }
  return listed.toSorted((left, right) => left.first - right.first || left.last - right.last);
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    throw new UnreadableInput(`cannot read the directory ${directory}`, { cause });
  }
}

/** The report for people. */
export function renderArchiveReport(reports: readonly ArchiveReport[]): string {
  const lines = reports.flatMap(({ directory, origin, files, events_proven, covered, failures }) => [
    `log         ${origin ?? 'unknown'}`,
    `archive     ${directory}: ${files} files, ${events_proven} events proven${covered === null ? '' : `, sequences ${covered.join(' to ')}`}`,
    ...failures.map((failure) => `FAILED      ${failure}`),
  ]);
  const failures = reports.reduce((sum, { failures: { length } }) => sum + length, 0);
  return `${lines.join('\n')}\n${failures === 0 ? 'VERIFIED' : `NOT VERIFIED: ${failures} failure(s)`}\n`;
}
