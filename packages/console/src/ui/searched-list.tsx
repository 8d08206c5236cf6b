import type { ReactNode } from 'react';
import { Button } from './button';
import { SearchField } from './field';
import type { IconName } from './icon';
import { LinkButton } from './link';
import { Page } from './page';
import { PagedTable, type PagedTableProps } from './paged-table';
import { Empty } from './states';

interface SearchedListProps<Item> extends Pick<
  PagedTableProps<Item>,
  'list' | 'columns' | 'idOf' | 'nameOf' | 'onOpen'
> {
  title: string;
  lead: string;
  businessId: string;
  /** The button that makes a new one; null: the reader may not. */
  create: { label: string; onPress: () => void } | null;
  search: { placeholder: string; value: string; onChange: (value: string) => void };
  empty: { icon: IconName; title: string; advice: string; nothingFound: string };
  /** The dialogs that are open. */
  children: ReactNode;
}

/** The screen of a list of a business that has roles: a search, a table, one of them open beside it. */
export function SearchedList<Item>(props: SearchedListProps<Item>) {
  const { title, lead, businessId, create, search, empty, children, ...table } = props;
  const name = title.toLowerCase();
  return (
    <Page
      title={title}
      lead={lead}
      isFilling
      actions={
        <>
          <LinkButton to="/b/$businessId/roles" params={{ businessId }}>
            What the roles may do
          </LinkButton>
          {create !== null && (
            <Button kind="primary" icon="plus" onPress={create.onPress}>
              {create.label}
            </Button>
          )}
        </>
      }
    >
      <SearchField isMain label={`Search ${name}`} className="max-w-sm" {...search} />
      <PagedTable
        {...table}
        label={title}
        isFilling
        listKey={search.value.trim().toLowerCase()}
        empty={
          search.value.trim() === '' ? (
            <Empty icon={empty.icon} title={empty.title}>
              {empty.advice}
            </Empty>
          ) : (
            <Empty
              icon="search"
              title={empty.nothingFound}
              action={<Button onPress={() => search.onChange('')}>Clear</Button>}
            />
          )
        }
      />
      {children}
    </Page>
  );
}
