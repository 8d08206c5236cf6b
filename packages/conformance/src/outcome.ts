/** What a scenario is known by. */
interface Named {
  readonly name: string;
  readonly rules?: readonly string[];
}

export interface Outcome {
  readonly name: string;
  readonly rules: readonly string[];
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Of a failure. */
  readonly why?: string;
}

export interface RunOptions {
  /** The testee: a program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Part of a name, or a rule in brackets. */
  readonly only?: string;
  /** Ends at the first failure. */
  readonly bail: boolean;
  readonly trace: (line: string) => void;
  readonly tell: (outcome: Outcome) => void;
}

export function isAmong(only: string | undefined, { name, rules = [] }: Named): boolean {
  return only === undefined || name.includes(only) || rules.some((rule) => `[${rule}]` === only);
}

export function outcomeOf({ name, rules = [] }: Named, result: Outcome['result'], why?: string): Outcome {
  return { name, rules, result, ...(why === undefined ? {} : { why }) };
}
