const CONSOLE = '/console/';
const LENGTH_MAX = 1024;
/** Neither control characters, which browsers drop, nor a backslash, which they read as a slash. */
const PATH = /^\/console\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/;
/** The page of Swagger UI alone: what is below it are documents. */
const DOCS = /^\/docs(?:[?#][\x21-\x5b\x5d-\x7e]*)?$/;

/**
 * Where to go after signing in: a path of our own console, or the page of Swagger UI, and the overview of the console for
 * anything else. Nobody is led elsewhere by an address that somebody else has made.
 */
export function returnTo(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > LENGTH_MAX) return CONSOLE;
  if (DOCS.test(asked)) return asked;
  if (!PATH.test(asked)) return CONSOLE;
  const { origin, pathname, search, hash } = new URL(asked, 'http://console.invalid');
  const isOurs =
    origin === 'http://console.invalid' && pathname.startsWith(CONSOLE) && !pathname.startsWith('/console//');
  return isOurs ? pathname + search + hash : CONSOLE;
}

/** The business that such a path is about; null: none. */
export function businessIn(path: string): string | null {
  const [, id = null] = /^\/console\/b\/([0-9a-f-]{36})(?:[/?#]|$)/i.exec(path) ?? [];
  return id?.toLowerCase() ?? null;
}
