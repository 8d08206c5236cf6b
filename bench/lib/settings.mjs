// @ts-check
import { table } from './report.mjs';

/**
 * Every setting of the service that a measurement gives another value than the default, but for its secrets, its addresses and its
 * folder: where, and why. A result names those it was taken with; docs/performance.md names all.
 * `always` is false for a setting that only one of several processes of a part has.
 * @type {{name: string, value: string, where: string[], why: string, always?: boolean}[]}
 */
export const SETTINGS_CHANGED = [
  {
    name: 'RESCIND_AUDIT_SAMPLE_ROWS',
    value: '0',
    where: [
      ...[
        'verification',
        'management',
        'latency',
        'look-up',
        'in-process',
        'memory',
        'console',
        'contention',
      ],
      ...[
        'children',
        'reconnection',
        'floods',
        'incident',
        'shapes',
        'sinks',
        'statements',
        'row-access',
        'usage',
      ],
      ...['scale', 'soak', 'fuzz'],
    ],
    why: 'tokens are filled in by SQL and have no events, for which the comparison would accuse them',
  },
  {
    name: 'RESCIND_BUSINESS_CALL_LIMIT',
    value: '10000000',
    where: [
      'management',
      'builds',
      'console',
      'contention',
      'incident',
      'statements',
      'row-access',
      'scale',
      'soak',
      'fuzz',
      'fuzz',
    ],
    why: 'what a call costs is measured, by fewer businesses than have so many calls',
  },
  {
    name: 'RESCIND_VERDICT_MEMORY',
    value: '0',
    where: ['verification', 'row-access'],
    why: 'for what asks the database each time',
    always: false,
  },
  { name: 'RESCIND_WORKERS', value: '2', where: ['verification'], why: 'for two workers', always: false },
  { name: 'RESCIND_USAGE', value: 'off', where: ['usage'], why: 'for what is compared with', always: false },
  {
    name: 'RESCIND_LEASE_MS',
    value: '30000',
    where: ['look-up', 'in-process'],
    why: 'a round asks without a pause, in which no lease could be renewed',
  },
  {
    name: 'RESCIND_CONNECTIONS_PER_ADDRESS',
    value: '5000',
    where: ['reconnection'],
    why: 'hundreds of client verifiers have one address',
  },
  {
    name: 'RESCIND_METRICS_LISTEN',
    value: 'api',
    where: ['soak', 'fuzz'],
    why: 'metrics are asked for beside the API',
  },
  {
    name: 'RESCIND_LAST_USED_FLUSH_MS',
    value: '200',
    where: ['fuzz'],
    why: 'what was used is compared soon after',
  },
  ...['OPEN_ROUTE', 'FAILED_AUTH'].map((limit) => ({
    name: `RESCIND_${limit}_LIMIT`,
    value: '10000000',
    where: ['fuzz'],
    why: 'requests are hostile on purpose, and come from one address',
  })),
];

/** What a measurement gives to every process of the service. @param {string} where a part of the bench, or `scale`, `soak`, `fuzz` */
export function settingsFor(where) {
  const here = SETTINGS_CHANGED.filter((each) => each.where.includes(where) && each.always !== false);
  return Object.fromEntries(here.map(({ name, value }) => [name, value]));
}

/** What one of several processes has. @param {string} name */
export function changed(name) {
  const value = SETTINGS_CHANGED.find((each) => each.name === name)?.value;
  if (value === undefined)
    throw new Error(`${name} is not in the list of settings that measurements change.`);
  return { [name]: value };
}

/** For the page of a result. @param {readonly string[]} wheres */
export function settingsTable(wheres) {
  const rows = SETTINGS_CHANGED.flatMap(({ name, value, where, why }) => {
    const here = wheres.filter((each) => where.includes(each));
    return here.length === 0 ? [] : [[`\`${name}=${value}\``, `${why} (${here.join(', ')})`]];
  });
  if (rows.length === 0) return 'Every setting of the service has its default.';
  return `Settings of the service that have another value than the default:\n\n${table(['setting', 'why, and where'], rows)}`;
}
