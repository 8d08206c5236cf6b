import { useEffect, useRef, useState } from 'react';
import { connectionFound, connectionLost } from '../../api/connection';
import type { AuditEventDto } from '../../api/generated/types.gen';
import { useLiveInterval } from '../../api/live';
import type { AuditQuery } from './filters';
import { logOf, type LogName } from './log-of';

const AGAIN_MS = 2000;
/** More than are on the screen; the list has them all when it is read again. */
const KEPT_MAX = 2000;

export type TailState =
  | { kind: 'off' }
  | { kind: 'connecting' }
  | { kind: 'live' }
  /** Nobody looks: it goes on, without a gap, when somebody does. */
  | { kind: 'resting' }
  | { kind: 'lost'; since: number; says: string }
  /** The service refuses it; asking again is no use. */
  | { kind: 'refused'; says: string };

interface Tail {
  state: TailState;
  /** Newest first. */
  events: readonly AuditEventDto[];
}

interface TailOptions {
  name: LogName;
  query: AuditQuery;
  isOn: boolean;
  /** It begins after this event, so that nothing between it and the stream is left out; null: now. */
  after: AuditEventDto | null;
}

/** What is added to the log while somebody looks. */
export function useTail({ name, query, isOn, after }: TailOptions): Tail {
  const isWatched = useLiveInterval(1) !== false;
  const [events, setEvents] = useState<readonly AuditEventDto[]>([]);
  const [state, setState] = useState<TailState>({ kind: 'off' });
  const last = useRef<AuditEventDto | null>(null);
  const asked = JSON.stringify([name, query]);
  const first = useRef(after);
  first.current = after;

  useEffect(() => {
    last.current = null;
    setEvents([]);
  }, [asked, isOn]);

  useEffect(() => {
    if (!isOn) return setState({ kind: 'off' });
    if (!isWatched) return setState({ kind: 'resting' });
    const end = new AbortController();
    void keepFollowing(end.signal);
    return () => end.abort();

    async function keepFollowing(signal: AbortSignal): Promise<void> {
      let lostAt: number | null = null;
      while (!signal.aborted) {
        if (lostAt === null) setState({ kind: 'connecting' });
        const failure = await followOnce(signal, () => (lostAt = null));
        if (signal.aborted) return;
        const status = failure === null ? null : statusIn(failure);
        if (status !== null && status < 500 && status !== 429) {
          setState({ kind: 'refused', says: REFUSALS[status] ?? `The service answered ${status}.` });
          return;
        }
        lostAt ??= Date.now();
        const says =
          status === null
            ? 'The stream broke off.'
            : 'There are too many streams, or the service cannot answer.';
        setState({ kind: 'lost', since: lostAt, says });
        if (failure !== null && status === null) connectionLost();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }

    /** @returns why it did not begin, or broke off; null: the service ended it */
    async function followOnce(signal: AbortSignal, onBegun: () => void): Promise<unknown> {
      let failure: unknown = null;
      const from = last.current ?? first.current;
      const { stream } = await logOf(name).follow({
        query,
        signal,
        headers: from === null ? {} : { 'Last-Event-ID': positionOf(from, name) },
        sseMaxRetryAttempts: 1,
        onSseError: (error) => (failure = error),
        fetch: async (request) => {
          const answer = await fetch(request);
          connectionFound();
          if (answer.ok) {
            onBegun();
            if (!signal.aborted) setState({ kind: 'live' });
          }
          return answer;
        },
      });
      for await (const message of stream as AsyncIterable<unknown>) {
        if (signal.aborted) break;
        const event = message as AuditEventDto;
        last.current = event;
        setEvents((before) =>
          before.some(({ id }) => id === event.id) ? before : [event, ...before].slice(0, KEPT_MAX),
        );
      }
      return failure;
    }
    // What is asked is compared by what it says.
  }, [asked, isOn, isWatched]);

  return { state, events };
}

/** Where a stream goes on: of one log by sequence, of all by time (docs/audit.md). */
function positionOf({ sequence, occurred_at }: AuditEventDto, name: LogName): string {
  return name === 'all' ? String(new Date(occurred_at).getTime()) : String(sequence);
}

/** The generated client says it in words only. */
function statusIn(failure: unknown): number | null {
  const [, status] = /SSE failed: (\d{3})/.exec(failure instanceof Error ? failure.message : '') ?? [];
  return status === undefined ? null : Number(status);
}

const REFUSALS: Partial<Record<number, string>> = {
  400: 'The log cannot be followed with these filters.',
  401: 'You are signed out.',
  403: 'Your role does not allow it.',
  422: 'The log cannot be followed with these filters.',
};
