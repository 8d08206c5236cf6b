import { createVerifier, type Verdict, type Verifier, type VerifierOptions } from '@rescind/verifier';
import type { TestToken } from './factories.js';
import { waitFor } from './wait-for.js';

export function outcomeOf(verdict: Verdict): string {
  return verdict.active ? 'active' : verdict.reason;
}

const opened: Verifier[] = [];

/** The published package in this process; it waits for slow machines. `closeClientVerifiers` ends them all. */
export function openClientVerifier(options: VerifierOptions): Verifier {
  const verifier = createVerifier({ timeoutMs: 30_000, ...options });
  opened.push(verifier);
  return verifier;
}

/** The same, with its first lease. */
export async function aClientVerifier(options: VerifierOptions): Promise<Verifier> {
  const verifier = openClientVerifier(options);
  await verifier.whenReady();
  return verifier;
}

export async function closeClientVerifiers(): Promise<void> {
  await Promise.all(opened.splice(0).map((verifier) => verifier.close()));
}

/** Puts the token into its memory, on a lease that holds. */
export async function remember(verifier: Verifier, { secret }: Pick<TestToken, 'secret'>): Promise<void> {
  await waitFor('an answer from memory', async () => {
    const verdict = verifier.verify(secret);
    if (!(verdict instanceof Promise)) return verdict.active;
    await verdict;
    return false;
  });
}
