import { ApiError } from './errors';
import type { InputErrorDto } from './generated/types.gen';

/** What was wrong with single fields of a body, by their names; nothing for any other error. */
export function fieldProblems(error: unknown): Partial<Record<string, string>> {
  if (!(error instanceof ApiError) || error.status !== 422) return {};
  const { detail } = error.body as InputErrorDto;
  if (!Array.isArray(detail)) return {};
  return Object.fromEntries(
    detail.map(({ loc, msg }) => [
      String(loc[1] ?? ''),
      loc.length > 2 ? `${loc.slice(2).join('.')}: ${msg}` : msg,
    ]),
  );
}

/** Whether an error is said beside fields of a form that has these. */
export function isOfFields(error: unknown, names: readonly string[]): boolean {
  const problems = Object.keys(fieldProblems(error));
  return problems.length > 0 && problems.every((name) => names.includes(name));
}
