// @ts-check
/**
 * To be loaded into a service before anything else (`--import`): measures what it sends to the database. SIGUSR2 forgets
 * what was measured; at its end the process writes the rest to the file that STATEMENT_TIMES names.
 */
import { writeFileSync } from 'node:fs';
import pg from 'pg';

/** @type {Map<string, { count: number, ms: number }>} by what the statement is called, or begins with */
const times = new Map();

function note(name, startedMs) {
  const known = times.get(name) ?? { count: 0, ms: 0 };
  known.count++;
  known.ms += performance.now() - startedMs;
  times.set(name, known);
}

const query = pg.Client.prototype.query;
/** @this {pg.Client} */
pg.Client.prototype.query = /** @type {any} */ (
  function measured(/** @type {any} */ statement, /** @type {any[]} */ ...rest) {
    const startedMs = performance.now();
    const text = typeof statement === 'string' ? statement : (statement.text ?? '');
    const name =
      statement.name ??
      text
        .trim()
        .split(/[\s;]+/, 4)
        .join(' ');
    const { callback } = statement;
    if (typeof callback === 'function')
      statement.callback = (...answer) => {
        note(name, startedMs);
        callback(...answer);
      };
    const result = /** @type {any} */ (query).call(this, statement, ...rest);
    if (typeof result?.then === 'function')
      result.then(
        () => note(name, startedMs),
        () => note(name, startedMs),
      );
    return result;
  }
);

process.on('SIGUSR2', () => times.clear());
process.on('exit', () => {
  const file = process.env.STATEMENT_TIMES;
  if (file !== undefined) writeFileSync(file, JSON.stringify([...times]));
});
