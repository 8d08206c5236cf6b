/** Lines of JSON, one at a time (https://github.com/ndjson/ndjson-spec). */
export const LINES_TYPE = 'application/x-ndjson';

/**
 * Whether a request asks for lines by its `accept` (RFC 9110 §12.5.1): it names them, and no plain JSON that it likes as
 * much. Ranges such as any type at all do not count, because whoever sends them expects what everybody gets.
 */
export function prefersLines(accept: string | undefined): boolean {
  const weights = new Map((accept ?? '').split(',').map(weighted));
  const lines = weights.get(LINES_TYPE) ?? 0;
  return lines > 0 && lines > (weights.get('application/json') ?? 0);
}

function weighted(range: string): [type: string, weight: number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const isWeight = weight === undefined || /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight);
  return [type, isWeight ? Number(weight ?? 1) : 0];
}
