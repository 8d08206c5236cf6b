// @ts-check
/**
 * The load generator: autocannon in a process of its own, so that it takes no time from what it measures.
 * Each answer is checked; the parent gets counts, latencies and the first wrong answers.
 */
import autocannon from 'autocannon';
import { assertLoopback } from './loopback.mjs';

process.on('disconnect', () => process.exit(1));
process.on('message', (/** @type {any} */ job) => {
  run(job).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: String(error.stack) }),
  );
});

/** Requests are dealt out: connection i sends every `connections`-th, over and over, or once each with `once`. */
function deal(requests, connections, index) {
  const hand = requests.filter((_, position) => position % connections === index);
  return (hand.length === 0 ? [requests[index % requests.length]] : hand).map((request) => ({ ...request }));
}

async function run({ url, requests, connections, seconds, once }) {
  assertLoopback(url);
  const wrong = [];
  let wrongCount = 0;
  let index = 0;
  const check = ({ method, path, status = 200, expect, refuse }, answered, body) => {
    if (
      answered === status &&
      expect.every((part) => body.includes(part)) &&
      !(refuse && body.includes(refuse))
    )
      return;
    wrongCount += 1;
    if (wrong.length < 3) wrong.push(`${method} ${path} answered ${answered}: ${String(body).slice(0, 300)}`);
  };
  const latenciesMs = [];
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  let last = started;
  const instance = autocannon({
    url,
    connections,
    ...(once ? { amount: requests.length } : { duration: seconds }),
    sampleInt: 100,
    timeout: 30,
    setupClient: (client) => {
      client.requestIterator.setRequests(deal(requests, connections, index++));
      // Instead of onResponse, which would copy all headers of each answer.
      client.requestIterator.recordBody = (request, status, body) => check(request, status, body);
      client.on('response', (_status, _bytes, milliseconds) => {
        last = process.hrtime.bigint();
        latenciesMs.push(milliseconds);
      });
    },
  });
  const { errors, timeouts } = await instance;
  const spentSeconds = Number(last - started) / 1e9;
  const used = process.cpuUsage(cpu);
  latenciesMs.sort((a, b) => a - b);
  const at = (p) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * p))];
  return {
    answers: latenciesMs.length,
    perSecond: latenciesMs.length / spentSeconds,
    seconds: spentSeconds,
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    generatorShareOfCore: (used.user + used.system) / 1e6 / spentSeconds,
    failures: errors + timeouts,
    wrongCount,
    wrong,
  };
}
