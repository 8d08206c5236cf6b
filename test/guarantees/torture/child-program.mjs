// @ts-check
/**
 * A program with a client verifier (`@rescind/verifier`), which asks it about the tokens that it is told, again and again
 * and as fast as memory answers, and reports what it was answered and when, on the clock of the machine.
 */
import { createVerifier } from '@rescind/verifier';

/** Of those that it was told last. */
const WATCHED_MAX = 96;
const EVERY_MS = 8;
const ASKED_EACH_TURN = 8;
/** Whatever was told just now is asked about each turn. */
const FRESH_MS = 1500;
/** What memory cannot tell is asked for less often: each time costs its server a look-up. */
const AGAIN_AFTER_MS = 400;
const UNDER_WAY_MAX = 24;
const REPORT_EVERY_MS = 100;

/** The only clock that this process shares with others; it goes on while this one is said to sleep (preload.mjs). */
function machineMs() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

let verifier;
/** @type {Map<number, {number: number, secret: string, way: string, question: object, askFromMs: number, freshUntilMs: number}>} */
const watched = new Map();
let names = { ways: [], outcomes: [] };
let results = [];
let underWay = 0;
let next = 0;
let asking = true;

function report() {
  if (results.length === 0) return;
  process.send?.({ verdicts: Float64Array.from(results) });
  results = [];
}

function note(token, verdict, startMs, fromMemory) {
  const outcome = verdict.active
    ? 'active'
    : verdict.reason === 'insufficient_scope'
      ? 'denied'
      : verdict.reason;
  const number = names.outcomes.indexOf(outcome);
  results.push(token.number, names.ways.indexOf(token.way), number, startMs, machineMs(), fromMemory ? 1 : 0);
}

function ask(token) {
  const startMs = machineMs();
  const verdict = verifier.verify(token.secret, token.question);
  if (!(verdict instanceof Promise)) return note(token, verdict, startMs, true);
  token.askFromMs = startMs + AGAIN_AFTER_MS * (0.5 + Math.random());
  underWay++;
  void verdict.then((late) => {
    underWay--;
    note(token, late, startMs, false);
  });
}

/** Before anything is read that has come while this process stood still: timers run first. */
function turn() {
  if (!asking || verifier === undefined) return;
  const nowMs = machineMs();
  const all = [...watched.values()];
  const chosen = all.filter(({ freshUntilMs }) => freshUntilMs > nowMs);
  for (let count = 0; count < Math.min(ASKED_EACH_TURN, all.length); count++)
    chosen.push(all[next++ % all.length]);
  for (const token of chosen) if (token.askFromMs <= machineMs() && underWay < UNDER_WAY_MAX) ask(token);
}

const DO = {
  create: ({ options, ways, outcomes }) => {
    names = { ways, outcomes };
    verifier = createVerifier(options);
  },
  /** To be asked about from now on; `now`: at once, whatever memory knows. */
  watch: ({ tokens, now }) => {
    for (const token of tokens) {
      const known = watched.get(token.number);
      watched.delete(token.number);
      const kept = { askFromMs: 0, freshUntilMs: 0, ...known, ...token };
      if (now) kept.freshUntilMs = machineMs() + FRESH_MS;
      watched.set(token.number, kept);
      if (now && underWay < UNDER_WAY_MAX * 2) ask(kept);
    }
    for (const number of watched.keys()) {
      if (watched.size <= WATCHED_MAX) break;
      watched.delete(number);
    }
  },
  finish: () => {
    asking = false;
    report();
    process.send?.({ finished: true, counters: verifier?.counters ?? null });
  },
};

process.on('message', (/** @type {any} */ { what, ...told }) => DO[what](told));
process.on('disconnect', () => process.exit());
setInterval(turn, EVERY_MS);
setInterval(report, REPORT_EVERY_MS);
process.send?.({ up: true });
