import type { ReactNode } from 'react';

interface Count {
  id: string;
  label: ReactNode;
  count: number;
}

/** How a number is made up: each part with its share of the largest. */
export function CountBars({ label, counts }: { label: string; counts: readonly Count[] }) {
  const most = Math.max(1, ...counts.map(({ count }) => count));
  return (
    <ul aria-label={label} className="flex flex-col gap-1 text-sm">
      {counts.map(({ id, label: name, count }) => (
        <li key={id} className="grid grid-cols-[minmax(0,1fr)_4.5rem] items-center gap-3">
          <span className="relative min-w-0 rounded px-2 py-0.5">
            <span
              aria-hidden="true"
              className="absolute inset-y-0 left-0 rounded bg-accent-ground"
              style={{ width: `${(100 * count) / most}%` }}
            />
            <bdi className="relative block truncate">{name}</bdi>
          </span>
          <span className="text-right tabular-nums">{count.toLocaleString()}</span>
        </li>
      ))}
    </ul>
  );
}
