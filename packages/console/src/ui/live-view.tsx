import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { lostSince } from '../api/connection';
import { sentenceOf } from '../api/errors';
import { useStore } from '../api/store';
import { clockTime } from './moments';
import { Failure, Loading, Notice } from './states';

interface LiveViewProps<Data> {
  query: UseQueryResult<Data>;
  label: string;
  /** How often it is asked. */
  everyMs: number;
  children: (data: Data) => ReactNode;
}

/** Answers may take so long, beside the pause between two questions. */
const ANSWER_MS = 5000;
const LOOK_MS = 500;

/**
 * What shows the present. When no answer has come in time, whatever the cause, it is grey and says as of when it was true:
 * nothing old is shown as new.
 */
export function LiveView<Data>({ query, label, everyMs, children }: LiveViewProps<Data>) {
  const { data, error, isPending, dataUpdatedAt, refetch } = query;
  const lost = useStore(lostSince);
  const isLate = useIsLate(dataUpdatedAt, everyMs + ANSWER_MS);
  if (isPending) return <Loading label={label} />;
  if (data === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  const isOld = error !== null || lost !== null || isLate;
  const why =
    error !== null
      ? sentenceOf(error)
      : lost !== null
        ? 'Rescind cannot be reached at the moment.'
        : 'Nobody has touched this page for a while, or the answer is late.';
  return (
    <>
      {isOld && (
        <Notice tone="warn" title={`As of ${clockTime(new Date(dataUpdatedAt))}`}>
          This is not the present. {why}
        </Notice>
      )}
      <div className={`flex flex-col gap-5 ${isOld ? 'opacity-85 grayscale' : ''}`}>{children(data)}</div>
    </>
  );
}

function useIsLate(answeredAt: number, afterMs: number): boolean {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return now - answeredAt > afterMs;
}
