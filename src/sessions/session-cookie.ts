import type { FastifyReply } from 'fastify';
import { SESSION_COOKIE } from '../common/session-secret.js';

/** No script reads it, no page of another site sends it with a change, and plain HTTP neither sets nor sends it. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/**
 * Gives the browser the secret of a session, which is nowhere else, until the session ends at the latest. A secret has no
 * character that a cookie must not have (RFC 6265 §4.1.1).
 */
export function setSessionCookie(reply: FastifyReply, secret: string, expiresAt: Date): void {
  const cookie = `${SESSION_COOKIE}=${secret}; ${ATTRIBUTES}; Expires=${expiresAt.toUTCString()}`;
  void reply.header('set-cookie', cookie);
}

export function clearSessionCookie(reply: FastifyReply): void {
  setSessionCookie(reply, '', new Date(0));
}
