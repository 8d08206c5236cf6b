import { request } from 'node:http';
import { BUSINESS_SCOPES, type Scope } from '../../support/authorization-rules.js';
import { demandDocumented } from '../../support/documented-answer.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { endsByItself } from '../../support/native-operations.js';
import type { Operation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';
import type { Call } from './requests.js';
import type { AuthorizationWorld } from './world.js';

/**
 * Asks `operation` with `secret` (null: with none). The business is named where it has to be, and by the platform
 * everywhere; the answer must be a documented one.
 */
export async function ask(
  world: AuthorizationWorld,
  operation: Operation,
  call: Call,
  secret: string | null,
): Promise<Answer> {
  const { url } = await sharedApp();
  const headers: [string, string][] = [];
  if (secret !== null) headers.push(['authorization', `Bearer ${call.secret ?? secret}`]);
  // The platform names a business everywhere; some addresses are another dialect's where it does so as the native API does.
  if (operation.needsBusiness) headers.push(['x-business-id', world.business.id]);
  else if (secret === world.secrets.platform) headers.push(['x-on-behalf-of', world.business.id]);
  headers.push(...(call.headers ?? []));
  const body =
    call.form !== undefined
      ? new URLSearchParams(call.form).toString()
      : call.body === undefined
        ? undefined
        : JSON.stringify(call.body);
  if (body !== undefined)
    headers.push([
      'content-type',
      call.form === undefined ? 'application/json' : 'application/x-www-form-urlencoded',
    ]);
  const path = operation.address((name) => call.ids?.[name] ?? UNKNOWN_ID) + (call.query ?? '');
  if (!endsByItself(operation)) return firstOf(url, path, headers);
  const answer = await exchange(url, { method: operation.method, path, headers, body });
  const isJson = /^application\/(scim\+)?json/.test(answer.headers['content-type'] ?? '');
  const said = isJson && answer.text !== '' ? (JSON.parse(answer.text) as unknown) : answer.text;
  await demandDocumented(
    url,
    operation.method,
    path.split('?')[0] as string,
    { status: answer.status, body: said },
    operation.needsBusiness,
  );
  return answer;
}

const UNKNOWN_ID = '0199c0de-0000-7000-8000-000000000000';

/** The status of an answer that has no end. */
function firstOf(url: string, path: string, headers: [string, string][]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, { headers: Object.fromEntries(headers) }, (incoming) => {
      resolve({ status: incoming.statusCode as number, headers: incoming.headers, text: '' });
      incoming.destroy();
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/**
 * What an answer says. vcita has 422 `invalid token` for what does not exist; whoever may open a WebSocket is told to ask for
 * one (426).
 */
export function outcomeOf({ status, text }: Answer): string {
  // What is told of one's own log, where nothing is anchored: an address that is hidden says nothing of that.
  if (status === 404 && text.includes('No checkpoint of this log has been anchored')) return 'yes';
  if (status < 300 || status === 426) return 'yes';
  if (status === 403) return 'no';
  if (status === 404 || (status === 422 && text.includes('invalid token'))) return 'hidden';
  return `${status} ${text}`;
}

/** What an answer says, without what differs between any two: ids and times. */
export function comparable({ status, text }: Answer, ids: readonly string[]): string {
  const said = ids.reduce((rest, id) => rest.replaceAll(id, '<id>'), text);
  return `${status} ${said.replaceAll(/"(request_?[iI]d|reqId)":"[^"]+"/g, '')}`;
}

/** Whether a scope of `granted` is, or stands for, `needed`. */
export function reaches(granted: readonly string[], needed: Scope): boolean {
  if (granted.includes(needed)) return true;
  if (needed.endsWith(':read') && granted.includes(needed.replace(/:read$/, ':write'))) return true;
  return needed !== 'rescind:platform:admin' && granted.includes('rescind:business:admin');
}

/** Every scope of a business but those that reach one of `needed`. */
export function allScopesWithout(...needed: Scope[]): Scope[] {
  return BUSINESS_SCOPES.filter((scope) => !needed.some((each) => reaches([scope], each)));
}
