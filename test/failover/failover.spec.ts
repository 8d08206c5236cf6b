import { spawn } from 'node:child_process';
import { join } from 'node:path';

interface Outage {
  name: string;
  isFailover: boolean;
  throughMs: number;
  wholeMs: number;
  servers: { verdictsMs: number; verdictsDownMs: number; revocationsMs: number }[];
}
interface Report {
  violations: object[];
  differences: object[];
  reconciled: { code: number; said: string[] };
  lost: string[];
  acknowledged: number;
  verdicts: number;
  byChildren: number;
  faults: number;
  ready: boolean;
  restarts: number;
  deaths: number;
  ttlMs: number;
  outages: Outage[];
  log: { lines: number; mostInASecond: number; leftOut: number; stacks: number }[];
}

const LIMIT_MS = process.env.FAILOVERS === 'long' ? 40 * 60_000 : 8 * 60_000;
const FAILOVERS_MIN = process.env.FAILOVERS === 'long' ? 24 : 5;

/** Runs the program as it is; it ends with 0 whatever it finds. */
async function run(): Promise<Report> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'failover.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as Report;
}

describe('a cluster under Patroni whose leader is killed, frozen, cut off and replaced', () => {
  let report: Report;
  let failovers: Outage[];
  beforeAll(async () => {
    report = await run();
    failovers = report.outages.filter(({ isFailover }) => isFailover);
    const rows = report.outages.map(({ servers, ...each }) => ({
      ...each,
      verdictsDownMs: servers.map(({ verdictsDownMs }) => verdictsDownMs),
      revocationsMs: servers.map(({ revocationsMs }) => revocationsMs),
    }));
    console.log(JSON.stringify(rows, null, 1));
  }, LIMIT_MS);

  it('has changed leaders under load', () => {
    expect(failovers.length).toBeGreaterThanOrEqual(FAILOVERS_MIN);
    expect(report.acknowledged).toBeGreaterThan(500);
    expect(report.byChildren).toBeGreaterThan(1000);
  });

  it('R1, R3: loses no acknowledged change, and no verdict is stale', () => {
    expect(report.violations).toEqual([]);
    expect(report.lost).toEqual([]);
    expect(report.differences).toEqual([]);
  });

  it('leaves no gap and no fork in any log', () => {
    expect(report.reconciled).toEqual({ code: 0, said: expect.any(Array) });
  });

  it('is accused of nothing, and needs no hand: no fault, no restart, ready', () => {
    expect([report.faults, report.restarts, report.deaths, report.ready]).toEqual([0, 0, 0, true]);
  });

  it('gives verdicts within a second of the first connection that HAProxy lets through', () => {
    for (const { name, servers } of failovers)
      expect([name, servers.filter(({ verdictsMs }) => verdictsMs > 1000)]).toEqual([name, []]);
  });

  it('revokes again within the time to live of the lease and 3 s at the median, and 8 s in each case', () => {
    const tookMs = failovers.flatMap(({ servers }) => servers.map(({ revocationsMs }) => revocationsMs));
    const median = tookMs.toSorted((one, other) => one - other)[tookMs.length >> 1] as number;
    expect(median).toBeLessThanOrEqual(report.ttlMs + 3000);
    expect(tookMs.filter((ms) => ms > report.ttlMs + 8000)).toEqual([]);
  });

  it('goes on answering and revoking while etcd is lost', () => {
    const lost = report.outages.filter(({ isFailover }) => !isFailover);
    expect(lost.length).toBeGreaterThan(0);
    for (const { servers } of lost)
      expect(servers.map(({ verdictsDownMs, revocationsMs }) => [verdictsDownMs, revocationsMs])).toEqual([
        [0, 0],
        [0, 0],
      ]);
  });

  it('is one line of log a second, without a stack', () => {
    for (const { lines, mostInASecond, leftOut, stacks } of report.log) {
      expect(lines).toBeGreaterThan(0);
      expect(leftOut).toBeGreaterThan(0);
      expect([mostInASecond, stacks]).toEqual([1, 0]);
    }
  });
});
