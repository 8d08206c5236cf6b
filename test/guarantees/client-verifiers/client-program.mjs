// A program with a client verifier, told by its parent what to do. WALL_OFFSET_MS: its time of day is wrong by so much.
import { existsSync } from 'node:fs';

/** The parent is gone then. */
const STALL_MS_MAX = 120_000;
const offsetMs = Number(process.env.WALL_OFFSET_MS ?? 0);
const realNow = Date.now;
let wallJumpMs = 0;
Date.now = () => realNow() + offsetMs + wallJumpMs;

const { createVerifier } = await import('@rescind/verifier');

let verifier;

const outcomeOf = (verdict) => (verdict.active ? 'active' : verdict.reason);

const COMMANDS = {
  create: ({ options }) => {
    verifier = createVerifier(options);
  },
  ready: () => verifier.isReady,
  verify: async ({ secret }) => {
    const verdict = verifier.verify(secret);
    const fromMemory = !(verdict instanceof Promise);
    return { fromMemory, outcome: outcomeOf(await verdict) };
  },
  /** Holds the event loop until there is that file, and asks before anything that has come meanwhile is read. */
  stall: async ({ until, secret }) => {
    process.send({ stalling: true });
    await new Promise((resolve) => setImmediate(resolve));
    const giveUpAtMs = performance.now() + STALL_MS_MAX;
    while (!existsSync(until) && performance.now() < giveUpAtMs);
    const verdict = verifier.verify(secret);
    return { fromMemory: !(verdict instanceof Promise), outcome: outcomeOf(await verdict) };
  },
  jumpWall: ({ ms }) => {
    wallJumpMs += ms;
  },
  counters: () => verifier.counters,
};

process.on('message', async ({ id, command, ...told }) => {
  process.send({ id, answer: (await COMMANDS[command](told)) ?? null });
});
process.on('disconnect', () => process.exit());
process.send({ up: true });
