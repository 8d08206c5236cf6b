import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Resolves with the first value of `probe` that is neither false, null nor undefined. A probe that throws has not
 * found its condition yet.
 * @throws Error naming `what` after `timeoutMs` (60 s)
 */
export async function waitFor<Value>(
  what: string,
  probe: () => Value | Promise<Value>,
  timeoutMs = 60_000,
): Promise<NonNullable<Exclude<Value, false>>> {
  const giveUpAtMs = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== false && value !== null && value !== undefined)
        return value as NonNullable<Exclude<Value, false>>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > giveUpAtMs)
      throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`, { cause: last });
    await delay(POLL_MS);
  }
}
