import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { seesAllTokens } from '../../api/sees-all-tokens';
import { useMay, useSession } from '../../api/session';
import { Button } from '../../ui/button';
import { LinkButton } from '../../ui/link';
import { Page } from '../../ui/page';
import { Empty, Failure, Loading, Notice } from '../../ui/states';
import { Table } from '../../ui/table';
import { sentenceOf } from '../../api/errors';
import { BulkActions } from './bulk-actions';
import { columnsOf, nameOf } from './columns';
import { columnsFrom, listQueryOf, type Sort, type TokensSearch } from './search';
import { Toolbar } from './toolbar';
import { useTokenList } from './use-token-list';

const route = getRouteApi('/signed-in/b/$businessId/tokens');
const NONE_SELECTED: ReadonlySet<string> = new Set();

export default function TokensScreen() {
  const { businessId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/b/$businessId/tokens' });
  const may = useMay();
  const seesAll = seesAllTokens(useSession());
  const query = useMemo(() => listQueryOf(search, seesAll), [search, seesAll]);
  const list = useTokenList(query);
  const [selected, setSelected] = useState(NONE_SELECTED);
  const deferred = useDeferredValue(list.tokens);
  // The first rows are drawn at once; an empty table would ask for more.
  const shown = deferred.length === 0 ? list.tokens : deferred;

  /** Typing replaces the address; whoever goes back leaves the list as it was before the first letter. */
  const change = useCallback(
    (changed: Partial<TokensSearch>) =>
      void navigate({ search: { ...search, ...changed } as TokensSearch, replace: true }),
    [navigate, search],
  );
  const columns = useMemo(() => {
    const sort = { by: search.sort ?? 'created_at', isAscending: search.order === 'ascending' };
    const onSort = (by: Sort) =>
      void navigate({
        replace: true,
        search: { ...search, sort: by, order: by === sort.by && !sort.isAscending ? 'ascending' : undefined },
      });
    return columnsOf(columnsFrom(search.columns), businessId, { ...sort, onSort });
  }, [search, businessId, navigate]);

  const isFiltered = Object.keys(search).some((key) => !['sort', 'order', 'columns'].includes(key));
  return (
    <Page
      title="Tokens"
      isFilling
      actions={
        may('rescind:tokens:write') && (
          <LinkButton kind="primary" icon="plus" to="/b/$businessId/tokens/new" params={{ businessId }}>
            Issue a token
          </LinkButton>
        )
      }
    >
      <div className="flex min-h-0 grow flex-col gap-3">
        <Toolbar search={search} onChange={change} list={list} />
        {selected.size > 0 && <BulkActions selected={selected} onDone={() => setSelected(NONE_SELECTED)} />}
        {list.error !== null && list.tokens.length > 0 && (
          <Notice tone="warn" action={<Button onPress={list.refetch}>Try again</Button>}>
            The list could not be read again. {sentenceOf(list.error)}
          </Notice>
        )}
        {list.isPending ? (
          <Loading label="Reading tokens" />
        ) : list.error !== null && list.tokens.length === 0 ? (
          <Failure error={list.error} onRetry={list.refetch} />
        ) : list.tokens.length === 0 && list.isSearching ? (
          <Loading label="Searching older tokens" />
        ) : list.tokens.length === 0 ? (
          <NoTokens isFiltered={isFiltered} onClear={() => void navigate({ search: {}, replace: true })} />
        ) : (
          <Table
            label="Tokens"
            isFilling
            columns={columns}
            items={shown}
            idOf={({ id }) => id}
            nameOf={nameOf}
            total={list.count?.isExceeded === true ? null : list.count?.total}
            listKey={JSON.stringify(query)}
            onOpen={({ id: tokenId }) =>
              void navigate({ to: '/b/$businessId/tokens/$tokenId', params: { businessId, tokenId } })
            }
            // The end of rows that are not all there yet is not the end of the list.
            onMore={shown === list.tokens ? list.readMore : undefined}
            isReadingMore={list.isReadingMore}
            selection={may('rescind:tokens:write') ? { selected, onChange: setSelected } : undefined}
          />
        )}
      </div>
    </Page>
  );
}

function NoTokens({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (!isFiltered)
    return (
      <Empty icon="key" title="No tokens yet">
        A token lets a program call your product. Those that are issued appear here.
      </Empty>
    );
  return (
    <Empty
      icon="search"
      title="No token matches"
      action={<Button onPress={onClear}>Clear all filters</Button>}
    >
      Revoked tokens are found with the status “Revoked” or “All”.
    </Empty>
  );
}
