import { Store } from './store';

const LOOK_AGAIN_MS = 3000;

/** Since when (epoch milliseconds) the service cannot be reached; null: it can, as far as is known. */
export const lostSince = new Store<number | null>(null);

let looking: ReturnType<typeof setInterval> | null = null;

/** A call had no answer. From now on the service is looked for, without using the session, until it answers. */
export function connectionLost(): void {
  if (lostSince.get() === null) lostSince.set(Date.now());
  looking ??= setInterval(() => void lookAgain(), LOOK_AGAIN_MS);
}

/** A call was answered, with whatever status. */
export function connectionFound(): void {
  if (looking !== null) clearInterval(looking);
  looking = null;
  lostSince.set(null);
}

/** Asks once whether the service can be reached. */
export async function lookAgain(): Promise<void> {
  try {
    await fetch('/health/live', { cache: 'no-store' });
    connectionFound();
  } catch {
    connectionLost();
  }
}

// The network card says when to look, and never what is found.
for (const event of ['offline', 'online']) addEventListener(event, () => void lookAgain());
