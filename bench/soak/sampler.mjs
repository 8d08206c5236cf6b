// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { openHandles, processTree, residentBytesOfTree } from '../lib/proc.mjs';
import { quantile } from '../lib/statistics.mjs';

const MEGABYTE = 2 ** 20;
const SAMPLES_A_WINDOW = 20;

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Looks at the process from outside, at its own metrics and at the database's list of sessions. */
export function sampler({ rescind, session, load }) {
  async function look() {
    const pids = processTree(rescind.pid);
    const metrics = await rescind.client.get('/metrics').catch(() => ({ text: '' }));
    const heap = /^nodejs_heap_size_used_bytes(?:\{[^}]*\})? ([\d.e+]+)$/m.exec(metrics.text);
    const { rows } = await session.query(
      'SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database()',
    );
    return {
      resident: residentBytesOfTree(rescind.pid) / MEGABYTE,
      heap: heap ? Number(heap[1]) / MEGABYTE : NaN,
      handles: sum(pids.map(openHandles)),
      connections: rows[0].count,
    };
  }

  /** Waits one window. Memory by its minimum there: what is left when garbage is gone. */
  async function window(milliseconds) {
    load.takeLatencies();
    const looks = [];
    const until = performance.now() + milliseconds;
    while (performance.now() < until) {
      looks.push(await look());
      await delay(Math.max(0, Math.min(milliseconds / SAMPLES_A_WINDOW, until - performance.now())));
    }
    const latencies = load.takeLatencies();
    return {
      residentMegabytes: Math.min(...looks.map(({ resident }) => resident)),
      heapMegabytes: Math.min(...looks.map(({ heap }) => heap)),
      handles: Math.max(...looks.map(({ handles }) => handles)),
      connections: Math.max(...looks.map(({ connections }) => connections)),
      operations: latencies.length,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    };
  }

  return { window };
}
