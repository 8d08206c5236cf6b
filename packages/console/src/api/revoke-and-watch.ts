import { connectionFound, connectionLost } from './connection';
import { ApiError, apiErrorFrom } from './errors';
import type { ErrorDto } from './generated/types.gen';
import { endOfSession, isStillOurs } from './signed-in';

/** It is committed, and cannot be undone. Verifiers may still accept what it revokes. */
export interface Committed {
  state: 'committed';
  /** Of the token, or of the revocation of many. */
  id: string;
  revoked_at: string;
  audit_sequence: number | null;
}

export interface WaitedFor {
  id: string;
  state: 'waiting' | 'confirmed' | 'waited_out';
}

/** How far it has got. A later one replaces an earlier one. */
export interface Waiting {
  state: 'waiting';
  registered: number;
  confirmed: number;
  waited_out: number;
  client_verifiers: number;
  verifiers: WaitedFor[];
}

interface Done {
  state: 'done';
  answer: unknown;
}

interface Failed {
  state: 'failed';
  status: number;
  retry_after_seconds: number | null;
  error: ErrorDto;
}

type Line = Committed | Waiting | Done | Failed;

export interface RevocationCall {
  businessId: string | null;
  url: string;
  body: object;
  /** Repeats the call, if its answer was lost, under the same name. */
  idempotencyKey?: string;
}

const LINES = 'application/x-ndjson';

/**
 * Makes a call that revokes, and tells how it takes effect while it does (ADR 0081). The one call that is not made by the
 * generated client, which knows no answers in lines. Going away does not stop the revocation.
 * @param onNews is told nothing where the service answers at once: nothing had to be waited for, or it is an older one
 * @returns what the call answers once no verifier accepts what was revoked
 * @throws ApiError `answer.broken` when it is committed, but the connection was lost before it was confirmed
 */
export async function revokeAndWatch<Answer>(
  call: RevocationCall,
  onNews: (news: Committed | Waiting) => void,
): Promise<Answer> {
  if (!(await isStillOurs()))
    throw new ApiError(401, 'session.other', 'Somebody else is signed in by now. Nothing was changed.');
  const response = await ask(call);
  connectionFound();
  if (response.status === 401) endOfSession.set('expired');
  const isLines = response.headers.get('content-type')?.startsWith(LINES) === true;
  if (isLines && response.body !== null) return (await lastOf(response.body, onNews)) as Answer;
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw apiErrorFrom(answer, response);
  return answer as Answer;
}

async function ask({ businessId, url, body, idempotencyKey }: RevocationCall): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      cache: 'no-store',
      headers: {
        accept: `${LINES}, application/json;q=0.9`,
        'content-type': 'application/json',
        ...(businessId === null ? {} : { 'x-business-id': businessId }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify(body),
    });
  } catch (error) {
    connectionLost();
    throw apiErrorFrom(error, undefined);
  }
}

/** The answer in the last line. @throws ApiError when there is none, or it says that it failed */
async function lastOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onNews: (news: Committed | Waiting) => void,
): Promise<unknown> {
  let rest = '';
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        const line = JSON.parse(text) as Line;
        if (line.state === 'done') return line.answer;
        if (line.state === 'failed') throw failure(line);
        onNews(line);
      }
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    connectionLost();
  }
  throw new ApiError(
    0,
    'answer.broken',
    'The connection was lost while it took effect. It is recorded and goes on by itself; ask again to see that it is done.',
  );
}

function failure({ status, error, retry_after_seconds: seconds }: Failed): ApiError {
  return new ApiError(status, error.code, error.detail, error.request_id, seconds, error);
}
