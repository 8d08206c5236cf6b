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
  return (text(variable) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
