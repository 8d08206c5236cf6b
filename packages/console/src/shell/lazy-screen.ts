import { lazyRouteComponent, type AsyncRouteComponent } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { readScript } from '../api/read-script';

/**
 * A screen whose script is loaded when it is wanted. Without a connection it fails with `connection.lost`, and can be
 * tried again. While the service answers, a script that is not there means that there is another version: the router then
 * loads the page anew.
 */
export function lazyScreen(read: () => Promise<{ default: ComponentType }>): AsyncRouteComponent<object> {
  return lazyRouteComponent(() => readScript(read));
}
