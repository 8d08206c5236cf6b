import { isIP } from 'node:net';

/** What a client verifier says (docs/verifier-protocol.md). */
export type ClientMessage =
  | { type: 'hello'; name: string; max: number }
  | { type: 'beat'; n: number; acked: number }
  | { type: 'ask'; id: number; secret: string; ip: string | null; userAgent: string | null; isValid: boolean }
  | { type: 'used'; jtis: string[]; counts: number[] }
  | { type: 'leave' };

/** The version of the protocol that is spoken here. */
export const PROTOCOL_VERSION = 1;

const NAME_LENGTH_MAX = 128;
const SECRET_LENGTH_MAX = 512;
const USED_MAX = 200;
const JTI_LENGTH_MAX = 128;
const USER_AGENT_LENGTH_MAX = 1024;
/** Of one token in one message. */
const USES_MAX = 1_000_000;

/** A message that breaks the protocol, and in one sentence how. */
export class BrokenProtocol extends Error {}

/** @throws BrokenProtocol */
export function readClientMessage(text: string): ClientMessage {
  const message = parsed(text);
  switch (message.type) {
    case 'hello':
      return readHello(message);
    case 'beat':
      return { type: 'beat', n: count(message, 'n'), acked: count(message, 'acked') };
    case 'ask':
      return readAsk(message);
    case 'used':
      return readUsed(message);
    case 'leave':
      return { type: 'leave' };
    default:
      throw new BrokenProtocol('The type of the message is not known.');
  }
}

function parsed(text: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new BrokenProtocol('The message is not JSON.');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new BrokenProtocol('The message is not a JSON object.');
  return message as Record<string, unknown>;
}

function count(message: Record<string, unknown>, name: string): number {
  const value = message[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new BrokenProtocol(`${name} is not a whole number of 0 or more.`);
  return value as number;
}

function readHello(message: Record<string, unknown>): ClientMessage {
  if (message.version !== PROTOCOL_VERSION)
    throw new BrokenProtocol(`Version ${PROTOCOL_VERSION} of the protocol is spoken here.`);
  const { name } = message;
  // What administrators are shown must not steer their terminals.
  if (typeof name !== 'string' || name.length > NAME_LENGTH_MAX || /\p{C}/u.test(name))
    throw new BrokenProtocol(`name is not a text of at most ${NAME_LENGTH_MAX} printable characters.`);
  return { type: 'hello', name, max: count(message, 'max') };
}

function readAsk(message: Record<string, unknown>): ClientMessage {
  const { secret, ip = null, user_agent: userAgent = null } = message;
  const id = count(message, 'id');
  const isValid =
    typeof secret === 'string' &&
    secret.length <= SECRET_LENGTH_MAX &&
    (ip === null || (typeof ip === 'string' && isIP(ip) !== 0)) &&
    (userAgent === null || (typeof userAgent === 'string' && userAgent.length <= USER_AGENT_LENGTH_MAX));
  return isValid
    ? { type: 'ask', id, secret, ip, userAgent, isValid }
    : { type: 'ask', id, secret: '', ip: null, userAgent: null, isValid };
}

/** Who says nothing of how often counts one use of each. */
function readUsed({ jtis, counts }: Record<string, unknown>): ClientMessage {
  const isList = Array.isArray(jtis) && jtis.length <= USED_MAX;
  if (!isList || !jtis.every((jti) => typeof jti === 'string' && jti.length <= JTI_LENGTH_MAX))
    throw new BrokenProtocol(`jtis is not a list of at most ${USED_MAX} public ids.`);
  if (counts === undefined) return { type: 'used', jtis: jtis as string[], counts: jtis.map(() => 1) };
  if (!Array.isArray(counts) || counts.length !== jtis.length || !counts.every(isCount))
    throw new BrokenProtocol(`counts is not a number from 1 to ${USES_MAX} for each of jtis.`);
  return { type: 'used', jtis: jtis as string[], counts };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= USES_MAX;
}
