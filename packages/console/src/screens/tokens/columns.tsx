import type { TokenInfoDto } from '../../api/generated/types.gen';
import type { Column } from '../../ui/columns';
import { None } from '../../ui/page';
import { RowLink } from '../../ui/table-row';
import { CellTime } from '../../ui/time';
import { StatusWord } from '../../ui/token-facts';
import { SORTS, type ColumnId, type Sort } from './search';

/** What a token without a name is called. */
export const nameOf = (token: TokenInfoDto): string => token.name ?? token.token_prefix;

type Plain = Omit<Column<TokenInfoDto>, 'id' | 'sort' | 'cell'> & {
  cell: (token: TokenInfoDto, businessId: string) => ReturnType<Column<TokenInfoDto>['cell']>;
};

export const COLUMNS: Record<ColumnId, Plain> = {
  name: {
    label: 'Name',
    width: 'minmax(10rem, 2fr)',
    cell: (token, businessId) => (
      <RowLink path={`/b/${businessId}/tokens/${token.id}`}>
        <bdi>{nameOf(token)}</bdi>
      </RowLink>
    ),
  },
  owner: {
    label: 'Owner',
    width: 'minmax(8rem, 1.2fr)',
    cell: ({ owner }) => <bdi title={owner.email ?? owner.kind}>{owner.name}</bdi>,
  },
  preview: {
    label: 'Preview',
    width: '11rem',
    cell: ({ token_prefix }) => <code className="font-mono text-xs">{token_prefix}</code>,
  },
  status: { label: 'Status', width: '6.25rem', cell: (token) => <StatusWord token={token} /> },
  scopes: {
    label: 'Scopes',
    width: 'minmax(9rem, 2fr)',
    cell: ({ scopes }) => (
      <code className="font-mono text-xs" title={scopes.join(' ')}>
        {scopes.length === 0 ? <None>–</None> : scopes.join(' ')}
      </code>
    ),
  },
  last_used_at: {
    label: 'Last used',
    width: '7.25rem',
    cell: ({ last_used_at }) => (last_used_at === null ? <None>never</None> : <CellTime at={last_used_at} />),
  },
  expires_at: {
    label: 'Expires',
    width: '7.25rem',
    cell: ({ expires_at }) => (expires_at === null ? <None>never</None> : <CellTime at={expires_at} />),
  },
  created_at: {
    label: 'Issued',
    width: '7.25rem',
    cell: ({ created_at }) => <CellTime at={created_at} />,
  },
  external_id: {
    label: 'External id',
    width: 'minmax(8rem, 1fr)',
    cell: ({ external_id }) => (external_id === null ? <None>–</None> : <bdi>{external_id}</bdi>),
  },
  description: {
    label: 'Description',
    width: 'minmax(10rem, 1.5fr)',
    cell: ({ description }) =>
      description === null ? <None>–</None> : <bdi title={description}>{description}</bdi>,
  },
};

/** The columns as the table wants them. */
export function columnsOf(
  ids: readonly ColumnId[],
  businessId: string,
  sort: { by: Sort; isAscending: boolean; onSort: (by: Sort) => void },
): Column<TokenInfoDto>[] {
  return ids.map((id) => {
    const { cell, ...column } = COLUMNS[id];
    const by = SORTS.find((each) => each === id);
    const direction = sort.isAscending ? ('ascending' as const) : ('descending' as const);
    return {
      id,
      ...column,
      cell: (token) => cell(token, businessId),
      ...(by !== undefined && {
        sort: { direction: sort.by === by ? direction : null, onToggle: () => sort.onSort(by) },
      }),
    };
  });
}
