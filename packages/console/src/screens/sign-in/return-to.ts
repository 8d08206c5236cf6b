const CONSOLE = '/console/';
/** The page of Swagger UI, which is signed in to with the same session. */
const DOCS = /^\/docs(?:[?#][\x21-\x5b\x5d-\x7e]*)?$/;

/**
 * Where to go after signing in: a path of the console, the page of Swagger UI, and the beginning of the console for anything else. Nobody is led elsewhere by an
 * address that somebody else has made.
 * @param asked from the address
 */
export function returnTo(asked: string | undefined): string {
  if (asked !== undefined && DOCS.test(asked)) return asked;
  // Browsers drop control characters, and read a backslash as a slash.
  if (asked === undefined || !/^\/console\/[\x21-\x5b\x5d-\x7e]*$/.test(asked)) return CONSOLE;
  const { origin, pathname, search } = new URL(asked, 'https://console.invalid');
  const isOurs = origin === 'https://console.invalid' && pathname.startsWith(CONSOLE);
  return isOurs && !/^\/console\/(?:\/|sign-in)/.test(pathname) ? pathname + search : CONSOLE;
}
