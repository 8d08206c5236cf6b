// @ts-check
import { parseArgs } from 'node:util';

/** Ends with the sentence and code 2, as command-line tools do. */
function refuse(sentence) {
  console.error(sentence);
  process.exit(2);
}

/** @returns {Record<string, any>} */
function parsed(options) {
  try {
    return parseArgs({ options, strict: true }).values;
  } catch (error) {
    refuse(error.message);
    return {};
  }
}

/**
 * Reads `--name value` and `--flag`. Numbers are whole, at least 1.
 * Anything unknown or ill-formed ends the program with a sentence.
 * @template {Record<string, string | number | boolean>} Defaults
 * @param {Defaults} defaults numbers make numeric options, booleans make flags.
 * @returns {Defaults}
 */
export function readArguments(defaults) {
  /** @type {import('node:util').ParseArgsConfig['options']} */
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? 'boolean' : 'string' },
    ]),
  );
  /** @type {Record<string, any>} */
  const read = { ...defaults };
  for (const [name, value] of Object.entries(parsed(options))) {
    if (typeof defaults[name] === 'number' && !/^[1-9]\d{0,9}$/.test(value))
      refuse(`--${name} takes a whole number.`);
    read[name] = typeof defaults[name] === 'number' ? Number(value) : value;
  }
  return /** @type {Defaults} */ (read);
}
