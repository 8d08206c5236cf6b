import type { IncomingMessage } from 'node:http';
import { refusal } from '../common/errors/domain-error.js';

/** The protocol of this version, as WebSockets name it. */
export const SUBPROTOCOL = 'rescind.verifier.v1';

/** RFC 6455 §4.1: 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Refuses what is no opening handshake of RFC 6455 §4.1 for our subprotocol, before the connection leaves HTTP.
 * @throws DomainError `request.upgrade_required`, or `request.invalid` when it is a broken one
 */
export function demandHandshake({ headers }: IncomingMessage): void {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (
    headers.upgrade === undefined ||
    headers['sec-websocket-version'] !== '13' ||
    !offered.includes(SUBPROTOCOL)
  )
    throw refusal('request.upgrade_required');
  // The WebSocket layer would refuse a list that names one twice, in words of its own.
  const isBroken =
    new Set(offered).size < offered.length || offered.some((name) => !/^[\w.!#$%&'*+^`|~-]+$/.test(name));
  if (isBroken || !KEY.test(headers['sec-websocket-key'] ?? '')) throw refusal('request.invalid');
}
