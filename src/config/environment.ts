import { readFileSync } from 'node:fs';

/** A setting that cannot be used. The message names the variable, never its value (R8). */
export class ConfigError extends Error {
  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
    this.name = 'ConfigError';
  }
}

/** The value of a variable; unset and empty are the same. The only reader of the process's environment. */
export function text(variable: string): string | undefined {
  const value = process.env[variable]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

/** The names of the variables with that beginning that are set. */
export function definedNames(prefix: string): string[] {
  return Object.keys(process.env).filter((name) => name.startsWith(prefix) && text(name) !== undefined);
}

/**
 * The value of a variable that holds a secret; `@path` stands for the content of that file.
 * @throws ConfigError when the file cannot be read or is empty
 */
export function secret(variable: string): string | undefined {
  const value = text(variable);
  return value === undefined ? undefined : resolved(variable, value);
}

/** The secrets of a variable, separated by commas; each may be a file, and files may hold several, by line or comma. */
export function secrets(variable: string): string[] {
  return list(variable).flatMap((each) => partsOf(resolved(variable, each)));
}

/** The secret that a value is, or that is in the file which it names. @throws ConfigError */
export function resolved(variable: string, value: string): string {
  if (!value.startsWith('@')) return value;
  let content: string;
  try {
    content = readFileSync(value.slice(1), 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(variable, `names a file that cannot be read (${code ?? 'not a file'}).`);
  }
  if (content === '') throw new ConfigError(variable, 'names a file that is empty.');
  return content;
}

/** Hands a setting made at start (the embedded database's address, generated secrets) to this process and its workers. */
export function provide(variable: string, value: string): void {
  process.env[variable] = value;
}

/** Takes a setting back that only the start needed, so that nothing which is started later inherits it. */
export function withdraw(variable: string): void {
  delete process.env[variable];
}

export function integer(variable: string, fallback: number, min: number, max: number): number {
  const value = text(variable);
  if (value === undefined) return fallback;
  if (!/^-?\d{1,15}$/.test(value))
    throw new ConfigError(variable, `must be a whole number from ${min} to ${max}.`);
  const number = Number(value);
  if (number < min || number > max) throw new ConfigError(variable, `must be from ${min} to ${max}.`);
  return number;
}

export function oneOf<Choice extends string>(
  variable: string,
  fallback: Choice,
  choices: readonly Choice[],
): Choice {
  const value = text(variable);
  if (value === undefined) return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw new ConfigError(variable, `must be one of ${choices.join(', ')}.`);
  return choice;
}

export function flag(variable: string, fallback: boolean): boolean {
  return oneOf(variable, fallback ? '1' : '0', ['0', '1', 'true', 'false']).replace('true', '1') === '1';
}

export function list(variable: string): string[] {
  return partsOf(text(variable) ?? '');
}

function partsOf(value: string): string[] {
  return value
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export type Given = Record<string, unknown>;

/**
 * The objects of a setting that is a JSON array of them, or the name of a file with one; undefined counts as an empty one.
 * @param kind what each of them is, in the plural
 * @throws ConfigError
 */
export function objects(variable: string, kind: string, countMax: number): Given[] {
  const value = secret(variable);
  if (value === undefined) return [];
  let given: unknown;
  try {
    given = JSON.parse(value);
  } catch {
    throw new ConfigError(variable, `must be a JSON array of ${kind}, or @file with one.`);
  }
  if (!Array.isArray(given) || given.length > countMax || !given.every(isObject))
    throw new ConfigError(variable, `must be a JSON array of at most ${countMax} ${kind}, each an object.`);
  return given;
}

export function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
