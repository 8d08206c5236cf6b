// @ts-check
import { machine, number, table } from '../lib/report.mjs';
import { settingsTable } from '../lib/settings.mjs';

const NAMES = {
  residentMegabytes: 'resident memory, MB',
  heapMegabytes: 'JavaScript heap, MB',
  handles: 'open handles',
  connections: 'database sessions',
  p99: 'p99 latency, ms',
};

/** The page of a soak; made by `npm run soak`, never by hand. */
export function soakPage({ minutes, rate, windows, growth, faults }) {
  return `# Soak: ${minutes} minutes at ${rate} operations a second

Made by \`npm run soak -- --minutes ${minutes} --rate ${rate}\`. Mixed load (verifications of known and unknown tokens; tokens issued, rotated, revoked and
asked for again; lists; audit queries), latency counted from when an operation was due. Wrong answers: ${faults.count}.
${faults.first.map((fault) => `\n- ${fault}`).join('')}

${machine()}

${settingsTable(['soak'])}

Growth over the last two thirds (Theil-Sen slope; a failure is growth beyond what is allowed):

${table(
  ['what', 'from', 'to', 'grown', 'allowed', ''],
  growth.map(({ name, from, to, grown, allowed, unbounded }) => [
    NAMES[name],
    number(from),
    number(to),
    number(grown),
    number(allowed),
    unbounded ? '**grows**' : 'bounded',
  ]),
)}

${table(
  ['window', 'operations', 'p50 ms', 'p99 ms', 'resident MB', 'heap MB', 'handles', 'sessions'],
  windows.map((window, index) => [
    String(index + 1),
    ...[
      window.operations,
      window.p50,
      window.p99,
      window.residentMegabytes,
      window.heapMegabytes,
      window.handles,
      window.connections,
    ].map(number),
  ]),
)}
`;
}
