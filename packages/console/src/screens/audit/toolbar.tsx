import { Button, IconButton } from '../../ui/button';
import { FilterPanel } from '../../ui/filter-panel';
import { Select } from '../../ui/select';
import { Switch } from '../../ui/switch';
import { ExportMenu } from './export-menu';
import { FILTERS, FILTER_KEYS, filtersIn, queryOf } from './filters';
import type { LogName } from './log-of';
import type { AuditSearch } from './search';
import type { TailState } from './use-tail';

const READS = 'audit.read';

interface ToolbarProps {
  search: AuditSearch;
  name: LogName;
  tail: TailState;
  canFollow: boolean;
  onChange: (changed: Partial<AuditSearch>) => void;
  onRefresh: () => void;
}

/** Which events are read, whether the log is followed, and what can be taken away. */
export function Toolbar({ search, name, tail, canFollow, onChange, onRefresh }: ToolbarProps) {
  const set = filtersIn(search);
  const isPlatform = typeof name !== 'object';
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        {isPlatform && (
          <Select
            label="Which log"
            isLabelHidden
            className="w-44"
            options={[
              { value: 'platform', label: "The platform's log" },
              { value: 'all', label: 'All logs' },
            ]}
            value={search.log ?? 'platform'}
            onChange={(log) => onChange({ log: log === 'all' ? 'all' : undefined, event: undefined })}
          />
        )}
        <FilterPanel
          groups={FILTERS}
          columns={4}
          words={Object.fromEntries(set.map(({ filter, word }) => [filter.key, word]))}
          count={set.length}
          onApply={(words) => onChange(Object.fromEntries(FILTER_KEYS.map((key) => [key, words[key]])))}
        />
        <Select
          label="Order"
          isLabelHidden
          className="w-36"
          options={[
            { value: 'newest', label: 'Newest first' },
            { value: 'oldest', label: 'Oldest first' },
          ]}
          value={search.order ?? 'newest'}
          onChange={(order) =>
            onChange({ order: order === 'oldest' ? 'oldest' : undefined, live: undefined })
          }
        />
        {search.not_action === undefined && (
          <Button kind="quiet" onPress={() => onChange({ not_action: READS })}>
            Hide reads of the log
          </Button>
        )}
        <span className="grow" />
        <Switch
          isSelected={search.live === 'on'}
          isDisabled={!canFollow}
          onChange={(on) => onChange({ live: on ? 'on' : undefined })}
        >
          Follow live
        </Switch>
        <TailBadge state={tail} />
        <Button onPress={onRefresh}>Read again</Button>
        <ExportMenu name={name} query={queryOf(search)} />
      </div>
      {set.length > 0 && (
        <ul aria-label="Filters" className="flex flex-wrap gap-1.5">
          {set.map(({ filter: { key, label }, word }) => (
            <li
              key={key}
              className="flex h-7 items-center gap-1 rounded-md bg-accent-ground pl-2 pr-0.5 text-xs"
            >
              <span className="text-muted">{label}</span>
              <bdi className="max-w-64 truncate font-medium">{word}</bdi>
              <IconButton
                icon="close"
                label={`Remove the filter ${label}`}
                className="size-6"
                onPress={() => onChange({ [key]: undefined })}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Whether what is shown is the present. */
function TailBadge({ state }: { state: TailState }) {
  const look = {
    off: null,
    connecting: ['bg-warn', 'connecting'],
    live: ['bg-good', 'live'],
    resting: ['bg-line-strong', 'resting'],
    lost: ['bg-danger', 'connection lost'],
    refused: ['bg-danger', 'not possible'],
  }[state.kind];
  return (
    <span role="status" className="flex items-center gap-1.5 text-sm">
      {look !== null && (
        <>
          <span aria-hidden="true" className={`size-2 rounded-full ${look[0]}`} />
          {look[1]}
        </>
      )}
    </span>
  );
}
