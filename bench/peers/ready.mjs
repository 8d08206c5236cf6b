// @ts-check
import { once } from 'node:events';

/** @param {import('fastify').FastifyInstance} app */
export function portOf(app) {
  return /** @type {import('node:net').AddressInfo} */ (app.server.address()).port;
}

/**
 * Tells the measuring process how to reach this peer, and ends with it.
 * @param requests what to send, each with the texts its right answer holds.
 */
export function ready({ port, requests }) {
  process.on('disconnect', () => process.exit(0));
  process.send({ url: `http://127.0.0.1:${port}`, requests });
}

/** The settings the measuring process sends first; by message, since an environment is too small for them. */
export const [settings] = await once(process, 'message');
