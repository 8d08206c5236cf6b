import { isIP } from 'node:net';

/** What a client verifier says (docs/verifier-protocol.md). */
export type ClientMessage =
  | { type: 'hello'; name: string; max: number }
  | { type: 'beat'; n: number; acked: number }
  | Ask
  | { type: 'used'; uses: Use[] }
  | { type: 'leave' };

interface Ask {
  type: 'ask';
  id: number;
  secret: string;
  ip: string | null;
  userAgent: string | null;
  /** What the client verifier is going to judge; null: it does not say. */
  scopes: string[] | null;
  isValid: boolean;
}

/** What was answered from the memory of a client verifier about one token. */
export interface Use {
  jti: string;
  count: number;
  /** What the token had to have, and has; null: it is not said. */
  scopes: string[] | null;
  /** Whether it is said for some of the answers only. */
  someUnsaid: boolean;
}

/** The version of the protocol that is spoken here. */
export const PROTOCOL_VERSION = 1;

const NAME_LENGTH_MAX = 128;
const SECRET_LENGTH_MAX = 512;
const USED_MAX = 200;
const JTI_LENGTH_MAX = 128;
const USER_AGENT_LENGTH_MAX = 1024;
/** Of one question. */
const SCOPES_MAX = 100;
const SCOPE_LENGTH_MAX = 128;
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
  const { secret, ip = null, user_agent: userAgent = null, scopes = null } = message;
  const id = count(message, 'id');
  const isValid =
    typeof secret === 'string' &&
    secret.length <= SECRET_LENGTH_MAX &&
    (ip === null || (typeof ip === 'string' && isIP(ip) !== 0)) &&
    (userAgent === null || (typeof userAgent === 'string' && userAgent.length <= USER_AGENT_LENGTH_MAX)) &&
    (scopes === null || isScopes(scopes, SCOPES_MAX));
  return isValid
    ? { type: 'ask', id, secret, ip, userAgent, scopes, isValid }
    : { type: 'ask', id, secret: '', ip: null, userAgent: null, scopes: null, isValid };
}

/** Who says nothing of how often counts one use of each; who says nothing of scopes leaves unknown what they took. */
function readUsed({ jtis, counts, scopes, asked }: Record<string, unknown>): ClientMessage {
  const isList = Array.isArray(jtis) && jtis.length <= USED_MAX;
  if (!isList || !jtis.every((jti) => typeof jti === 'string' && jti.length <= JTI_LENGTH_MAX))
    throw new BrokenProtocol(`jtis is not a list of at most ${USED_MAX} public ids.`);
  if (counts !== undefined && !(isListOf(counts, isCount) && counts.length === jtis.length))
    throw new BrokenProtocol(`counts is not a number from 1 to ${USES_MAX} for each of jtis.`);
  const said = readAsked(scopes, asked, jtis.length);
  const uses = jtis.map((jti: string, index): Use => ({
    jti,
    count: counts?.[index] ?? 1,
    scopes: said?.[index]?.scopes ?? null,
    someUnsaid: said?.[index]?.someUnsaid ?? false,
  }));
  return { type: 'used', uses };
}

/** For each token the scopes that it was asked for, as positions in `scopes`, and null where nobody said. */
function readAsked(
  scopes: unknown,
  asked: unknown,
  tokens: number,
): Pick<Use, 'scopes' | 'someUnsaid'>[] | null {
  if (asked === undefined) return null;
  if (!isScopes(scopes, Infinity))
    throw new BrokenProtocol(`scopes is not a list of texts of at most ${SCOPE_LENGTH_MAX} characters.`);
  const isPosition = (value: unknown): value is number | null =>
    value === null || (Number.isSafeInteger(value) && (value as number) in scopes);
  const isAsked = (value: unknown): value is (number | null)[] => isListOf(value, isPosition);
  if (!isListOf(asked, isAsked) || asked.length !== tokens)
    throw new BrokenProtocol('asked is not a list of positions in scopes, or null, for each of jtis.');
  return asked.map((positions) => ({
    scopes: positions.flatMap((position) => (position === null ? [] : [scopes[position] as string])),
    someUnsaid: positions.includes(null),
  }));
}

function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem);
}

function isScopes(value: unknown, max: number): value is string[] {
  const isScope = (scope: unknown): scope is string =>
    typeof scope === 'string' && scope.length <= SCOPE_LENGTH_MAX;
  return isListOf(value, isScope) && value.length <= max;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= USES_MAX;
}
