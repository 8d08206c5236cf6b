import { memo, type MouseEvent, type ReactNode } from 'react';
import { classNames } from './class-names';
import { ROW_PX, type Column } from './columns';

interface RowProps<Item> {
  domId: string;
  index: number;
  item: Item;
  id: string;
  name: string;
  columns: readonly Column<Item>[];
  template: string;
  isActive: boolean;
  /** null: rows cannot be selected here. */
  isSelected: boolean | null;
  onOpen: ((item: Item) => void) | undefined;
  onToggle: (id: string) => void;
  onActivate: (index: number) => void;
}

function PlainRow<Item>(props: RowProps<Item>) {
  const {
    domId,
    index,
    item,
    id,
    name,
    columns,
    template,
    isActive,
    isSelected,
    onOpen,
    onToggle,
    onActivate,
  } = props;
  const onClick = (event: MouseEvent) => {
    onActivate(index);
    const target = event.target as Element;
    const isOtherTab = event.ctrlKey || event.metaKey || event.shiftKey;
    if (onOpen === undefined || isOtherTab) return;
    if (target.closest('[data-row-link]') !== null) event.preventDefault();
    else if (target.closest('a, button, input') !== null || getSelection()?.isCollapsed === false) return;
    onOpen(item);
  };
  return (
    <div
      role="row"
      id={domId}
      aria-rowindex={index + 2}
      aria-selected={isSelected ?? undefined}
      onClick={onClick}
      style={{ gridTemplateColumns: template, height: ROW_PX, transform: `translateY(${index * ROW_PX}px)` }}
      className={classNames(
        'absolute inset-x-0 top-0 grid items-center border-b border-line last:border-b-0 hover:bg-hover',
        onOpen !== undefined && 'cursor-pointer',
        isSelected === true && 'bg-accent-ground',
        isActive &&
          'in-focus-visible:outline-2 in-focus-visible:-outline-offset-2 in-focus-visible:outline-accent',
      )}
    >
      {isSelected !== null && (
        <div role="gridcell" className="grid place-items-center">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select ${name}`}
            className="size-4 accent-accent"
            checked={isSelected}
            onChange={() => onToggle(id)}
          />
        </div>
      )}
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={classNames('min-w-0 truncate px-3', column.isNumeric && 'text-right tabular-nums')}
        >
          {column.cell(item)}
        </div>
      ))}
    </div>
  );
}

/**
 * The link of a row to what it opens, for another tab and for the address on hover. A plain link: one of the router costs
 * a hundred times more, and rows come and go with each frame of scrolling.
 * @param path below /console
 */
export function RowLink({ path, children }: { path: string; children: ReactNode }) {
  return (
    <a href={`/console${path}`} tabIndex={-1} data-row-link className="font-medium hover:underline">
      {children}
    </a>
  );
}

/** Rendered again only when something about it changes: scrolling moves none of the rows that stay. */
export const Row = memo(PlainRow) as typeof PlainRow;
