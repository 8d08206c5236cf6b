import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Spinner } from './button';
import { classNames } from './class-names';
import { leastOf, ROW_PX, type Column } from './columns';
import { Icon } from './icon';
import { Row } from './table-row';
import { useLatest } from './use-latest';

const OVERSCAN_ROWS = 8;
/** More is read when so few unseen rows are left. */
const AHEAD_ROWS = 60;

interface Selection {
  selected: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
}

export interface TableProps<Item> {
  label: string;
  columns: readonly Column<Item>[];
  items: readonly Item[];
  idOf: (item: Item) => string;
  /** What a row is called: its checkbox, and what is said when it is reached. */
  nameOf: (item: Item) => string;
  /** Opens a row: Enter, or a click that met no link. */
  onOpen?: (item: Item) => void;
  selection?: Selection;
  /** How many there are in all, where that is known and `items` is not all of it. */
  total?: number | null;
  /** Reads more; called when the end comes near. */
  onMore?: () => void;
  isReadingMore?: boolean;
  /** Takes the height that is left, and scrolls inside; otherwise as high as its rows, up to 70 % of the window. */
  isFilling?: boolean;
  /** Without a border of its own: it is all that is in a section. */
  isBare?: boolean;
  /** When this changes the list is another one, and begins at its top. */
  listKey?: string;
}

/**
 * A table of any number of rows, of which only those that are seen are in the page. One stop of the Tab key: arrows, Page
 * Up and Down, Home and End move between rows, Enter opens one, the space bar selects it.
 */
export function Table<Item>(props: TableProps<Item>) {
  const {
    label,
    columns,
    items,
    idOf,
    nameOf,
    onOpen,
    selection,
    total,
    onMore,
    isReadingMore = false,
  } = props;
  const { isFilling = false, isBare = false, listKey = '' } = props;
  const grid = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const [first, last] = useWindow(scroller, items.length);

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
    setActive(null);
  }, [listKey]);
  useEffect(() => {
    if (last > items.length - AHEAD_ROWS) onMore?.();
  }, [last, items.length, onMore]);

  const hasSelection = selection !== undefined;
  const [template, leastWidth] = useMemo(() => {
    const widths = [...(hasSelection ? ['2.25rem'] : []), ...columns.map(({ width }) => width)];
    return [widths.join(' '), `calc(${widths.map(leastOf).join(' + ')})`];
  }, [columns, hasSelection]);

  function moveTo(index: number): void {
    const target = Math.max(0, Math.min(items.length - 1, index));
    setActive(target);
    const element = scroller.current;
    if (element === null) return;
    const top = target * ROW_PX;
    const visible = element.clientHeight - ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX > element.scrollTop + visible) element.scrollTop = top + ROW_PX - visible;
  }

  const open = useLatest((item: Item) => onOpen?.(item));
  const toggle = useLatest((id: string) => {
    if (selection === undefined) return;
    const selected = new Set(selection.selected);
    if (!selected.delete(id)) selected.add(id);
    selection.onChange(selected);
  });

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((event.currentTarget.clientHeight - ROW_PX) / ROW_PX) - 1);
    const at = active ?? -1;
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: items.length - 1,
    };
    const item = active === null ? undefined : items[active];
    const target = steps[event.key];
    if (target !== undefined) moveTo(target);
    else if (event.key === 'Enter' && item !== undefined) onOpen?.(item);
    else if (event.key === ' ' && item !== undefined && selection !== undefined) toggle(idOf(item));
    else return;
    event.preventDefault();
  }

  const allSelected =
    selection !== undefined && items.length > 0 && items.every((item) => selection.selected.has(idOf(item)));
  const activeId = active !== null && active >= first && active < last ? `${grid}-${active}` : undefined;
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={(total ?? items.length) + 1}
      aria-multiselectable={selection === undefined ? undefined : true}
      aria-activedescendant={activeId}
      aria-busy={isReadingMore}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={(event) =>
        event.target === event.currentTarget && active === null && items.length > 0 && setActive(0)
      }
      className={classNames(
        'relative overflow-auto text-sm',
        isBare ? 'rounded-b-lg' : 'card',
        isFilling ? 'min-h-40 flex-1' : 'max-h-[70vh]',
      )}
    >
      <div
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template, height: ROW_PX, minWidth: leastWidth }}
        className="sticky top-0 z-10 grid items-center border-b border-line bg-surface text-xs font-medium text-muted"
      >
        {selection !== undefined && (
          <div role="columnheader" className="grid place-items-center">
            <input
              type="checkbox"
              aria-label="Select all that are loaded"
              className="size-4 accent-accent"
              checked={allSelected}
              onChange={() => selection.onChange(new Set(allSelected ? [] : items.map(idOf)))}
            />
          </div>
        )}
        {columns.map((column) => (
          <Header key={column.id} column={column} />
        ))}
      </div>
      <div
        role="rowgroup"
        className="relative"
        style={{ height: items.length * ROW_PX, minWidth: leastWidth }}
      >
        {items.slice(first, last).map((item, offset) => {
          const index = first + offset;
          const id = idOf(item);
          return (
            <Row
              key={id}
              domId={`${grid}-${index}`}
              index={index}
              item={item}
              id={id}
              name={nameOf(item)}
              columns={columns}
              template={template}
              isActive={index === active}
              isSelected={selection?.selected.has(id) ?? null}
              onOpen={onOpen === undefined ? undefined : open}
              onToggle={toggle}
              onActivate={setActive}
            />
          );
        })}
      </div>
      {isReadingMore && (
        <div className="sticky left-0 flex h-9 items-center justify-center gap-2 text-xs text-muted">
          <Spinner /> Reading more…
        </div>
      )}
    </div>
  );
}

function Header<Item>({ column: { label, isNumeric, sort } }: { column: Column<Item> }) {
  return (
    <div
      role="columnheader"
      aria-sort={sort === undefined ? undefined : (sort.direction ?? 'none')}
      className={classNames('truncate px-3', isNumeric && 'text-right')}
    >
      {sort === undefined ? (
        label
      ) : (
        <button
          type="button"
          onClick={sort.onToggle}
          className="group inline-flex cursor-pointer items-center gap-1 rounded hover:text-ink"
        >
          {label}
          {sort.direction === null ? (
            <Icon
              name="sort"
              size={12}
              className="shrink-0 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
            />
          ) : (
            <Icon name={sort.direction === 'ascending' ? 'up' : 'down'} size={12} />
          )}
        </button>
      )}
    </div>
  );
}

/** Which rows are near enough to be seen: from the first on, before the last. */
function useWindow(scroller: { current: HTMLDivElement | null }, count: number): [number, number] {
  const [range, setRange] = useState<[number, number]>(() => [0, Math.ceil(innerHeight / ROW_PX)]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = () => {
      const first = Math.max(0, Math.floor(element.scrollTop / ROW_PX) - OVERSCAN_ROWS);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / ROW_PX) + OVERSCAN_ROWS;
      setRange((before) => (before[0] === first && before[1] === last ? before : [first, last]));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      sizes.disconnect();
    };
  }, [scroller, count]);
  return [Math.min(range[0], count), Math.min(range[1], count)];
}
