import type { ReactNode } from 'react';
import { sentenceOf } from '../api/errors';
import type { PagedList } from '../api/use-pages';
import { Button } from './button';
import { clockTime } from './moments';
import { Failure, Loading, Notice } from './states';

interface PagesViewProps<Item> {
  pages: PagedList<Item>;
  label: string;
  /** In place of a list without items. */
  empty: ReactNode;
  children: ReactNode;
}

/** A list that has been read; until then that it is being read, or why not. What is old is shown with its time. */
export function PagesView<Item>({ pages, label, empty, children }: PagesViewProps<Item>) {
  const { items, isPending, error, readAt, refetch } = pages;
  if (isPending) return <Loading label={label} />;
  if (error !== null && items.length === 0) return <Failure error={error} onRetry={refetch} />;
  return (
    <>
      {error !== null && (
        <Notice
          tone="warn"
          title={`As of ${clockTime(new Date(readAt))}`}
          action={<Button onPress={refetch}>Try again</Button>}
        >
          It could not be read again. {sentenceOf(error)}
        </Notice>
      )}
      {items.length === 0 ? empty : children}
    </>
  );
}
