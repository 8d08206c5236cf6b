import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { sentenceOf } from '../../api/errors';
import type { AuditEventDto } from '../../api/generated/types.gen';
import { useBusinessId } from '../../api/session';
import { Button } from '../../ui/button';
import { clockTime } from '../../ui/moments';
import { Page } from '../../ui/page';
import { Empty, Failure, Loading, Notice } from '../../ui/states';
import { Table } from '../../ui/table';
import { ALL_LOGS_COLUMNS, COLUMNS, NARROW_ALL_LOGS_COLUMNS, NARROW_COLUMNS } from './columns';
import { EventPanel } from './event-panel';
import { FILTER_KEYS, queryOf } from './filters';
import { logOf, type LogName } from './log-of';
import { readAuditSearch, type AuditSearch } from './search';
import { Toolbar } from './toolbar';
import { useEventList } from './use-event-list';
import { useTail, type TailState } from './use-tail';

const NO_TAIL: readonly string[] = ['to', 'sequence_to'];
/** What the stream of all logs cannot be filtered by (docs/audit.md). */
const NOT_ACROSS: readonly string[] = ['sequence_from', 'reason', 'details'];

/** The audit log of the business in the address, or on the platform that of the platform or all of them. */
export default function AuditScreen() {
  const businessId = useBusinessId();
  const words = useSearch({ strict: false });
  const search = useMemo(() => readAuditSearch(words), [words]);
  const navigate = useNavigate();
  const name = useMemo<LogName>(
    () => (businessId === null ? (search.log ?? 'platform') : { businessId }),
    [businessId, search.log],
  );
  const filters = JSON.stringify(queryOf(search));
  const query = useMemo(() => JSON.parse(filters) as ReturnType<typeof queryOf>, [filters]);
  const order = search.order ?? 'newest';
  const list = useEventList(name, query, order);
  const canFollow =
    order === 'newest' &&
    !NO_TAIL.some((key) => search[key] !== undefined) &&
    !(name === 'all' && NOT_ACROSS.some((key) => search[key] !== undefined));
  const tail = useTail({
    name,
    query,
    isOn: canFollow && search.live === 'on' && !list.isPending && !list.isOld,
    after: list.events[0] ?? null,
  });
  const events = useMemo(() => joined(tail.events, list.events), [tail.events, list.events]);

  const change = useCallback(
    (changed: Partial<AuditSearch>) =>
      void navigate({
        to: '.',
        search: ((before: AuditSearch) => ({ ...before, ...changed })) as never,
        replace: true,
      }),
    [navigate],
  );
  const open = useCallback(
    (event: AuditEventDto | null) => change({ event: event === null ? undefined : addressOf(event, name) }),
    [change, name],
  );
  const shown = useShownEvent(search.event, name, events);
  const isNarrow = search.event !== undefined;
  const columns =
    name === 'all'
      ? isNarrow
        ? NARROW_ALL_LOGS_COLUMNS
        : ALL_LOGS_COLUMNS
      : isNarrow
        ? NARROW_COLUMNS
        : COLUMNS;
  const isFiltered = FILTER_KEYS.some((key) => search[key] !== undefined);
  return (
    <Page title="Audit log" isFilling>
      <Toolbar
        search={search}
        name={name}
        tail={tail.state}
        canFollow={canFollow}
        onChange={change}
        onRefresh={list.refetch}
      />
      <TailNotice state={tail.state} />
      {list.error !== null && events.length > 0 && (
        <Notice
          tone="warn"
          title={`As of ${clockTime(new Date(list.readAt))}`}
          action={<Button onPress={list.refetch}>Try again</Button>}
        >
          More could not be read. {sentenceOf(list.error)}
        </Notice>
      )}
      <div className="flex min-h-0 grow gap-4">
        <div className={`flex min-w-0 grow flex-col ${list.isOld ? 'opacity-60' : ''}`}>
          {list.isPending ? (
            <Loading label="Reading the log" />
          ) : list.error !== null && events.length === 0 ? (
            <Failure error={list.error} onRetry={list.refetch} />
          ) : events.length === 0 ? (
            <NoEvents isFiltered={isFiltered} onClear={() => change(NO_FILTERS)} />
          ) : (
            <>
              <Table
                label="Events"
                isFilling
                columns={columns}
                items={events}
                idOf={({ id }) => id}
                nameOf={({ sequence, action }) => `${sequence}, ${action}`}
                listKey={`${JSON.stringify(name)} ${filters} ${order}`}
                onOpen={open}
                onMore={list.readMore}
                isReadingMore={list.isReadingMore}
              />
              <p role="status" className="pt-1.5 text-xs text-muted tabular-nums">
                {events.length.toLocaleString('en')} {list.isWhole ? 'events in all' : 'events read so far'}
                {tail.events.length > 0 && `, ${tail.events.length.toLocaleString('en')} of them live`}
              </p>
            </>
          )}
        </div>
        {shown.kind === 'event' && (
          <EventPanel key={shown.event.id} event={shown.event} onClose={() => open(null)} />
        )}
        {shown.kind === 'failed' && (
          <section aria-label="Event" className="card w-[30rem] max-w-[48%] shrink-0 overflow-auto">
            {shown.error === null ? (
              <Empty
                icon="search"
                title="There is no such event"
                action={<Button onPress={() => open(null)}>Close</Button>}
              >
                It may be older than what the log keeps.
              </Empty>
            ) : (
              <Failure error={shown.error} />
            )}
          </section>
        )}
      </div>
    </Page>
  );
}

const NO_FILTERS: Partial<AuditSearch> = Object.fromEntries(FILTER_KEYS.map((key) => [key, undefined]));

/** What came live stands before what was read, each event once. */
function joined(live: readonly AuditEventDto[], read: readonly AuditEventDto[]): readonly AuditEventDto[] {
  if (live.length === 0) return read;
  const known = new Set(live.map(({ id }) => id));
  return [...live, ...read.filter(({ id }) => !known.has(id))];
}

function addressOf({ sequence, business_id }: AuditEventDto, name: LogName): string {
  return name === 'all' ? `${business_id ?? 'platform'}:${sequence}` : String(sequence);
}

type Shown =
  { kind: 'none' } | { kind: 'event'; event: AuditEventDto } | { kind: 'failed'; error: Error | null };

/** The event that the address names: from the list if it is there, and otherwise asked for. */
function useShownEvent(address: string | undefined, name: LogName, events: readonly AuditEventDto[]): Shown {
  const known = events.find((event) => addressOf(event, name) === address);
  const [log, written] = address?.includes(':') === true ? address.split(':') : [null, address];
  const sequence = Number(written);
  const isNamed = address !== undefined && Number.isSafeInteger(sequence) && sequence > 0;
  const asked = useQuery({
    queryKey: [typeof name === 'object' ? name.businessId : 'platform', 'audit-event', address],
    queryFn: async ({ signal }) => {
      const which: LogName = log === null || log === 'platform' ? name : { businessId: log ?? '' };
      const one = { sequence_from: sequence, sequence_to: sequence, limit: 1 };
      const { items } = await logOf(which === 'all' ? 'platform' : which).list(one, signal);
      return items[0] ?? null;
    },
    enabled: isNamed && known === undefined,
    staleTime: Infinity,
  });
  if (known !== undefined) return { kind: 'event', event: known };
  if (address === undefined || (isNamed && asked.isPending)) return { kind: 'none' };
  if (asked.data !== undefined && asked.data !== null) return { kind: 'event', event: asked.data };
  return { kind: 'failed', error: asked.error };
}

function TailNotice({ state }: { state: TailState }) {
  if (state.kind === 'lost')
    return (
      <Notice tone="warn" title={`As of ${clockTime(new Date(state.since))}`}>
        {state.says} It goes on without a gap when the service answers again.
      </Notice>
    );
  if (state.kind === 'refused') return <Notice tone="danger">{state.says}</Notice>;
  if (state.kind === 'resting')
    return (
      <Notice>
        Nobody has touched this page for five minutes: it rests, and goes on without a gap when you do.
      </Notice>
    );
  return null;
}

function NoEvents({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return isFiltered ? (
    <Empty
      icon="search"
      title="No event matches"
      action={<Button onPress={onClear}>Clear all filters</Button>}
    >
      What happened before the log was kept, or was dropped since, is not found.
    </Empty>
  ) : (
    <Empty icon="audit" title="The log is empty">
      Everything that changes something is recorded here.
    </Empty>
  );
}
