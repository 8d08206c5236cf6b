import { useMutation } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { memo, useEffect, useRef, useState } from 'react';
import { clientOf } from '../../api/client';
import { sentenceOf } from '../../api/errors';
import { findTokens } from '../../api/generated/sdk.gen';
import { holdsSecret } from '../../api/secrets';
import { tokensInWords } from '../../api/use-token-count';
import { Button, IconButton, Spinner } from '../../ui/button';
import { Menu } from '../../ui/menu';
import { SearchField } from '../../ui/field';
import { FilterPanel } from '../../ui/filter-panel';
import { Select } from '../../ui/select';
import { COLUMNS } from './columns';
import { FILTERS, FILTER_KEYS, describeFilter } from './filters';
import type { TokenList } from './use-token-list';
import { COLUMN_IDS, columnsFrom, type State, type TokensSearch } from './search';

const STATE_OPTIONS: readonly { value: State; label: string }[] = [
  { value: 'unrevoked', label: 'Not revoked' },
  { value: 'active', label: 'Active' },
  { value: 'expired', label: 'Expired' },
  { value: 'revoked', label: 'Revoked' },
  { value: 'all', label: 'All' },
];
/** Between two letters of somebody who types: the list is asked once they pause. */
const PAUSE_MS = 80;

interface ToolbarProps {
  search: TokensSearch;
  onChange: (changed: Partial<TokensSearch>) => void;
  list: TokenList;
}

/** What is searched for, what is shown of it, and how many there are. */
export function Toolbar({ search, onChange, list }: ToolbarProps) {
  const set = filtersOf(search);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Controls search={search} onChange={onChange} />
        <Count list={list} />
      </div>
      {set.length > 0 && (
        <ul aria-label="Filters" className="flex flex-wrap gap-1.5">
          {set.map((key) => (
            <Chip
              key={key}
              {...describeFilter(key, search[key] ?? '')}
              onRemove={() => onChange({ [key]: undefined })}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

const filtersOf = (search: TokensSearch) => FILTER_KEYS.filter((key) => search[key] !== undefined);

function PlainControls({ search, onChange }: Omit<ToolbarProps, 'list'>) {
  const set = filtersOf(search);
  const columns = columnsFrom(search.columns);
  return (
    <>
      <NameSearch name={search.name ?? ''} onChange={(name) => onChange({ name })} />
      <Select
        label="Status"
        isLabelHidden
        className="w-32"
        options={STATE_OPTIONS}
        value={search.status ?? 'unrevoked'}
        onChange={(status) => onChange({ status: status === 'unrevoked' ? undefined : status })}
      />
      <FilterPanel
        groups={FILTERS}
        columns={3}
        words={Object.fromEntries(set.map((key) => [key, search[key]]))}
        count={set.length}
        onApply={(words) => onChange(Object.fromEntries(FILTER_KEYS.map((key) => [key, words[key]])))}
      />
      <Menu
        label="Columns"
        trigger={<Button icon="columns">Columns</Button>}
        groups={[
          COLUMN_IDS.filter((id) => id !== 'name').map((id) => ({
            id,
            label: COLUMNS[id].label,
            isChecked: columns.includes(id),
            onAction: () =>
              onChange({
                columns: columns.includes(id)
                  ? columns.filter((each) => each !== id).join()
                  : [...columns, id].join(),
              }),
          })),
        ]}
      />
    </>
  );
}

/** Rendered again when something else is searched for, and not with each answer. */
const Controls = memo(PlainControls);

function Count({ list: { tokens, count, isOld, isSearching } }: { list: TokenList }) {
  const isBusy = isOld || isSearching;
  return (
    <p
      role="status"
      aria-busy={isBusy}
      className="ml-auto flex items-center gap-2 text-sm text-muted tabular-nums"
    >
      {isBusy && <Spinner />}
      {isOld
        ? 'searching…'
        : count === null
          ? `${tokens.length.toLocaleString()} so far`
          : tokensInWords(count)}
    </p>
  );
}

function Chip({ label, value, onRemove }: { label: string; value: string; onRemove: () => void }) {
  return (
    <li className="flex h-7 items-center gap-1 rounded-md bg-accent-ground pl-2 pr-0.5 text-xs">
      <span className="text-muted">{label}</span>
      <bdi className="max-w-64 truncate font-medium">{value}</bdi>
      <IconButton icon="close" label={`Remove the filter ${label}`} isSmall onPress={onRemove} />
    </li>
  );
}

/** Follows the address where that changes without typing, as by going back. */
function NameSearch({ name, onChange }: { name: string; onChange: (name: string | undefined) => void }) {
  const [typed, setTyped] = useState(name);
  const told = useRef(name);
  useEffect(() => {
    if (name === told.current) return;
    told.current = name;
    setTyped(name);
  }, [name]);
  useEffect(() => {
    if (typed === told.current || holdsSecret(typed)) return;
    const timer = setTimeout(() => {
      told.current = typed;
      onChange(typed === '' ? undefined : typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
    // What has to be told is only what is typed.
  }, [typed]);
  return (
    <>
      <SearchField
        isMain
        className="w-80 max-w-full"
        label="Search tokens by name, or by a whole preview"
        placeholder="Name, or a preview"
        value={typed}
        onChange={setTyped}
      />
      {holdsSecret(typed) && <WhoseSecret secret={typed} />}
    </>
  );
}

/** Finds the token of a secret: what is sent for that is neither kept nor logged. */
function WhoseSecret({ secret }: { secret: string }) {
  const { businessId } = useParams({ from: '/signed-in/b/$businessId/tokens' });
  const navigate = useNavigate();
  const find = useMutation({
    mutationFn: () => findTokens({ client: clientOf(businessId), body: { text: secret } }),
    onSuccess: ({ items: [first] }) =>
      first &&
      navigate({ to: '/b/$businessId/tokens/$tokenId', params: { businessId, tokenId: first.token.id } }),
  });
  return (
    <span className="flex items-center gap-2 text-sm">
      <Button onPress={() => find.mutate()} isPending={find.isPending}>
        Show its token
      </Button>
      <span role="status">
        {find.data?.items.length === 0 && 'No token here has this secret.'}
        {find.error !== null && sentenceOf(find.error)}
      </span>
    </span>
  );
}
