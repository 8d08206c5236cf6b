const CONSOLE = '/console/';

/**
 * Where to go after signing in: a path of the console, and its beginning for anything else. Nobody is led elsewhere by an
 * address that somebody else has made.
 * @param asked from the address
 */
export function returnTo(asked: string | undefined): string {
  // Browsers drop control characters, and read a backslash as a slash.
  if (asked === undefined || !/^\/console\/[\x21-\x5b\x5d-\x7e]*$/.test(asked)) return CONSOLE;
  const { origin, pathname, search } = new URL(asked, 'https://console.invalid');
  const isOurs = origin === 'https://console.invalid' && pathname.startsWith(CONSOLE);
  return isOurs && !/^\/console\/(?:\/|sign-in)/.test(pathname) ? pathname + search : CONSOLE;
}
