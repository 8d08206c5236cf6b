import type { ReactNode } from 'react';
import type { PagedList } from '../api/use-pages';
import { PagesView } from './pages-view';
import { Table, type TableProps } from './table';

export interface PagedTableProps<Item> extends Omit<TableProps<Item>, 'items' | 'onMore' | 'isReadingMore'> {
  list: PagedList<Item>;
  /** In place of the table where there is nothing. */
  empty: ReactNode;
}

/** A list that is read page by page, as a table; until then that it is being read, or why it could not be. */
export function PagedTable<Item>({ list, empty, ...props }: PagedTableProps<Item>) {
  const { items, isReadingMore, readMore } = list;
  return (
    <PagesView pages={list} label={`Reading ${props.label.toLowerCase()}`} empty={empty}>
      <Table {...props} items={items} onMore={readMore} isReadingMore={isReadingMore} />
    </PagesView>
  );
}
