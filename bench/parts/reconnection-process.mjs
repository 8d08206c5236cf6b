// @ts-check
/** Many client verifiers of the package in one process, told what to do by messages of its parent. */
import { setTimeout as delay } from 'node:timers/promises';
import { createVerifier } from '@rescind/verifier';

const [addresses, count] = process.argv.slice(2);
const token = process.env.RESCIND_BENCH_CREDENTIAL;
const verifiers = [];
/** What each was answered since `ask`, by outcome. */
const outcomes = {};
let asking = false;

async function askAgainAndAgain(verifier, secret, everyMs) {
  while (asking) {
    const verdict = await verifier.verifyAsync(secret);
    const outcome = verdict.active ? 'active' : verdict.reason;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    await delay(everyMs);
  }
}

const DO = {
  join: async () => {
    for (let index = 0; index < Number(count); index++) {
      const verifier = createVerifier({ url: addresses.split(','), token, name: `bench ${index}` });
      verifiers.push(verifier);
      await verifier.whenReady();
    }
  },
  /** From now on each asks for this secret, so many times a second all together. */
  ask: ({ secret, everyMs }) => {
    asking = true;
    for (const verifier of verifiers) void askAgainAndAgain(verifier, secret, everyMs);
  },
  ready: () => verifiers.filter(({ isReady }) => isReady).length,
  timesReady: () => verifiers.reduce((sum, { counters }) => sum + counters.timesReady, 0),
  outcomes: () => outcomes,
};

process.on('message', async ({ id, what, value }) => {
  process.send?.({ id, answer: await DO[what](value) });
});
process.on('disconnect', () => process.exit());
