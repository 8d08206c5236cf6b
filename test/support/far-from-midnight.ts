import { setTimeout as delay } from 'node:timers/promises';

const DAY_MS = 24 * 60 * 60 * 1000;
/** More than what comes after it takes. */
const FAR_MS = 60_000;

/** Resolves at once, or when the day in UTC is over if it ends within a minute: for tests that count by day. */
export async function farFromMidnight(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < FAR_MS) await delay(leftMs + 1000);
}
