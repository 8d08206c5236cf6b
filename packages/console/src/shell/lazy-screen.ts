import { lazyRouteComponent, type AsyncRouteComponent } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { connectionLost } from '../api/connection';
import { apiErrorFrom } from '../api/errors';

/**
 * A screen whose script is loaded when it is wanted. Without a connection it fails with `connection.lost`, and can be
 * tried again. While the service answers, a script that is not there means that there is another version: the router then
 * loads the page anew.
 */
export function lazyScreen(read: () => Promise<{ default: ComponentType }>): AsyncRouteComponent<object> {
  return lazyRouteComponent(() => readScript(read));
}

/** @throws ApiError `connection.lost` when it could not be loaded because the service cannot be reached */
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
