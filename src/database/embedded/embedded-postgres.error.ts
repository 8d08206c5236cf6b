/**
 * The embedded database cannot run here. The message is one or two sentences for the person at the terminal: what is
 * wrong and what to do. It never contains the password.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

const WAY_OUT = 'set DATABASE_URL to a PostgreSQL server of your own';

const CAUSES: readonly [RegExp, (place: string) => string][] = [
  [
    /no space left on device|wrote only \d+ of|disk quota exceeded|ENOSPC|EDQUOT/i,
    (place) => `The disk that holds ${place} is full: free some space and start again.`,
  ],
  [
    /could not bind|address already in use|EADDRINUSE/i,
    () =>
      'The database could not listen on its port of 127.0.0.1 because something else does: free that port and start again.',
  ],
  [
    /lock file ".*" already exists|shared memory block .* is still in use/i,
    (place) => `Another PostgreSQL is using ${place}: stop it, or choose another RESCIND_DATA_DIR.`,
  ],
  [
    /incorrect checksum in control file|database files are incompatible with server|valid checkpoint record|control file .*corrupt|could not (open|read) file "(global|pg_wal|base|pg_xact)|is not a valid data directory|invalid data in file/i,
    (place) =>
      `The database in ${place} is damaged and cannot be opened: restore the data directory from a backup, or choose another RESCIND_DATA_DIR.`,
  ],
  [
    /error while loading shared libraries|GLIBC|version .* not found|ENOEXEC|exec format error/i,
    () => `The PostgreSQL programs that npm installed do not run on this system: ${WAY_OUT}.`,
  ],
  [
    /cannot allocate memory|could not map anonymous shared memory|out of memory|ENOMEM/i,
    () => `There is not enough memory for the embedded database: free some, or ${WAY_OUT}.`,
  ],
  [
    /read-only file system|EROFS/i,
    (place) => `${place} is on a read-only file system: choose another RESCIND_DATA_DIR, or ${WAY_OUT}.`,
  ],
  [/ENOENT.*mkdir/, (place) => `${place} cannot be made there: choose another RESCIND_DATA_DIR.`],
  [
    /not a directory|ENOTDIR|EEXIST/,
    (place) =>
      `${place} cannot be a directory because a file is in the way: choose another RESCIND_DATA_DIR.`,
  ],
  [
    /permission denied|EACCES|EPERM|operation not permitted|has wrong ownership|invalid permissions/i,
    (place) =>
      `This user may not read and write ${place}: give it the right, choose another RESCIND_DATA_DIR, or ${WAY_OUT}.`,
  ],
];

/**
 * Makes a sentence for a person from what PostgreSQL or the operating system reported about `place`. `evidence` is
 * an exception, or the end of a log.
 */
export function explainFailure(evidence: unknown, place: string): EmbeddedPostgresError {
  if (evidence instanceof EmbeddedPostgresError) return evidence;
  const text = evidence instanceof Error ? evidence.message : String(evidence);
  const known = CAUSES.find(([pattern]) => pattern.test(text));
  if (known) return new EmbeddedPostgresError(known[1](place), { cause: evidence });
  const line =
    text.split('\n').find((each) => /FATAL|PANIC|error/i.test(each)) ?? text.split('\n').at(-1) ?? '';
  const said = line.replace(/^.*?(FATAL|PANIC|ERROR|error):\s*/, '').trim() || 'no reason was given';
  return new EmbeddedPostgresError(
    `The embedded database in ${place} did not start (${said}): repair that, or ${WAY_OUT}.`,
    {
      cause: evidence,
    },
  );
}
