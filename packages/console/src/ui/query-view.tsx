import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sentenceOf } from '../api/errors';
import { Button } from './button';
import { clockTime } from './moments';
import { Failure, Loading, Notice } from './states';

interface QueryViewProps<Data> {
  query: UseQueryResult<Data>;
  /** What is being read, while it is. */
  label?: string;
  children: (data: Data) => ReactNode;
}

/**
 * What a query has read; until then that it is being read, or why it could not be. What was read earlier and could not
 * be read again is shown with the time at which it was true, and never as new.
 */
export function QueryView<Data>({ query, label, children }: QueryViewProps<Data>) {
  const { data, error, isPending, dataUpdatedAt, refetch } = query;
  if (isPending) return <Loading label={label} />;
  if (data === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <>
      {error !== null && (
        <Notice
          tone="warn"
          title={`As of ${clockTime(new Date(dataUpdatedAt))}`}
          action={<Button onPress={() => void refetch()}>Try again</Button>}
        >
          It could not be read again. {sentenceOf(error)}
        </Notice>
      )}
      {children(data)}
    </>
  );
}
