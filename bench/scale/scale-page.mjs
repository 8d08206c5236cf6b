// @ts-check
import { machine, number, table } from '../lib/report.mjs';
import { settingsTable } from '../lib/settings.mjs';

const ROWS = [
  ['cold verification, p50 ms (one caller)', 'coldP50'],
  ['cold verification, p99 ms', 'coldP99'],
  ['cold verifications a second (32 callers)', 'coldPerSecond'],
  ['warm verification, p50 ms (one caller)', 'warmP50'],
  ['warm verifications a second (32 callers)', 'warmPerSecond'],
  ['list of 50 tokens, p50 ms', 'listP50'],
  ['revoke, p50 ms (one caller)', 'revokeP50'],
  ['start to ready, ms', 'readyMs'],
  ['events of the largest log', 'exportedEvents'],
  ['its export, events a second', 'exportedPerSecond'],
  ['its export, growth of a fresh process, MB (to reach: 100 for a million)', 'exportMegabytes'],
  ['the same as CSV, gzip, to a reader that pauses, MB', 'slowExportMegabytes'],
  ['resident memory of the process, MB', 'residentMegabytes'],
  ['database on disk, GB', 'databaseGigabytes'],
  ['filled in, minutes', 'fillMinutes'],
];

/** The page of a scale run; made by `npm run scale`, never by hand. */
export function scalePage({ results, businesses, command }) {
  const [first] = results;
  const last = results.at(-1);
  const growth = (key) => (/p50|p99/i.test(key) && results.length > 1 ? number(last[key] / first[key]) : '');
  return `# Scale

Made by \`${command}\`. ${number(businesses)} businesses, skewed (the n-th has a share that falls with n^-0.8), filled by COPY. Cold: the verdict is not in memory
and the database is asked; measured by a process just started, on tokens spread over the whole table.

${machine()}

${settingsTable(['scale'])} PostgreSQL has \`max_wal_size=8GB\`, since so much is filled in.

${table(
  [
    '',
    ...results.map(({ tokens, events }) => `${number(tokens)} tokens, ${number(events)} events`),
    'last ÷ first',
  ],
  ROWS.map(([name, key]) => [name, ...results.map((result) => number(result[key])), growth(key)]),
)}

Audit queries in milliseconds, p50 and p95, one caller over HTTP, each recorded in the log like any other (to reach: p95 under 20; a proof under 5):

${table(
  ['', ...results.map(({ events }) => `${number(events)} events`)],
  first.audit.map(({ name }, index) => [
    name,
    ...results.map(({ audit }) => `${number(audit[index].p50)}, ${number(audit[index].p95)}`),
  ]),
)}

Cold verification at ${number(last.tokens)} tokens costs ${number(last.coldP50 / first.coldP50)} times what it does at ${number(first.tokens)} (to reach: at most 1.5).
`;
}
