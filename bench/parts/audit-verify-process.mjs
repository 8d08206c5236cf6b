// @ts-check
/** Verifies one export as `rescind audit verify` does, and tells what it cost. */
import { root } from '../lib/prerequisites.mjs';

const { verifyExport } = await import(`${root}/dist/cli/audit-verify/verify-export.js`);
const { parseVkey } = await import(`${root}/dist/log-format/transparency/note-key.js`);

const [path, vkey] = process.argv.slice(2);
const before = process.cpuUsage();
const started = performance.now();
const report = await verifyExport(path, {
  keys: [parseVkey(vkey)],
  kept: [],
  origin: null,
  requireComplete: true,
});
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
process.send({
  verified: report.verified,
  proven: report.events_proven,
  seconds,
  cpuSeconds: (user + system) / 1e6,
  megabytes: process.resourceUsage().maxRSS / 1024,
});
process.disconnect();
