import { connectionLost } from './connection';
import { apiErrorFrom } from './errors';

/**
 * What an `import()` gives.
 * @throws ApiError `connection.lost` when it could not be loaded because the service cannot be reached
 */
export async function readScript<Script>(read: () => Promise<Script>): Promise<Script> {
  return read().catch(whyNot);
}

async function whyNot(failure: unknown): Promise<never> {
  try {
    await fetch('/health/live', { cache: 'no-store' });
  } catch (error) {
    connectionLost();
    throw apiErrorFrom(error, undefined);
  }
  throw failure;
}
