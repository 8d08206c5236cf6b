import { parseArgs } from 'node:util';

/**
 * Reads `--name value` and `--flag`. Numbers are whole, at least 1.
 * @param defaults numbers make numeric options, booleans make flags.
 * @throws for anything unknown or ill-formed.
 */
export function readArguments(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? 'boolean' : 'string' },
    ]),
  );
  const { values } = parseArgs({ options, strict: true });
  const read = { ...defaults };
  for (const [name, value] of Object.entries(values)) {
    if (typeof defaults[name] === 'number' && !/^[1-9]\d{0,9}$/.test(value))
      throw new Error(`--${name} takes a whole number.`);
    read[name] = typeof defaults[name] === 'number' ? Number(value) : value;
  }
  return read;
}
