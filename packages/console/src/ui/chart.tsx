import { useEffect, useRef } from 'react';
import { readScript } from '../api/read-script';
import { useStore } from '../api/store';
import { shownTheme } from './theme';
import type { ChartProps, ChartSeries } from './chart-props';
import { exactMoment } from './moments';
import type { draw } from './plot';

export type { ChartProps, ChartSeries };

let plot: { draw: typeof draw } | null = null;

async function readPlot(): Promise<void> {
  plot = await readScript(() => import('./plot'));
}

/**
 * Numbers over time; the same as a table for readers, and for everybody behind a button. What draws them is loaded once
 * everything else has been seen.
 */
export function Chart({ label, moments, series, shape = 'bars', height = 160 }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const theme = useStore(shownTheme);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    let clear: (() => void) | null = null;
    let isGone = false;
    const show = () => {
      if (!isGone && plot !== null) clear = plot.draw(element, { moments, series, shape, height });
    };
    if (plot !== null) show();
    // Without its script the numbers are in the table.
    else readPlot().then(show, () => undefined);
    return () => {
      isGone = true;
      clear?.();
    };
  }, [moments, series, shape, height, theme]);
  return (
    <figure className="flex flex-col gap-2">
      {series.length > 1 && <Legend series={series} />}
      <div ref={holder} aria-hidden="true" style={{ height }} className="w-full overflow-hidden" />
      <details className="text-sm">
        <summary className="cursor-pointer text-muted">{label}, as a table</summary>
        <NumbersTable label={label} moments={moments} series={series} />
      </details>
    </figure>
  );
}

function NumbersTable({ label, moments, series }: Pick<ChartProps, 'label' | 'moments' | 'series'>) {
  return (
    <div className="mt-2 max-h-64 overflow-auto" tabIndex={0} role="region" aria-label={label}>
      <table className="w-full text-left tabular-nums">
        <thead className="text-xs text-muted">
          <tr>
            <th scope="col" className="py-1 pr-4 font-medium">
              from
            </th>
            {series.map(({ label: name }) => (
              <th key={name} scope="col" className="py-1 pr-4 text-right font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {moments.map((moment, index) => (
            <tr key={moment} className="border-t border-line">
              <th scope="row" className="py-1 pr-4 font-normal">
                {exactMoment(new Date(moment * 1000))}
              </th>
              {series.map(({ label: name, values }) => (
                <td key={name} className="py-1 pr-4 text-right">
                  {values[index] ?? 0}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const SWATCHES: Record<ChartSeries['colour'], string> = {
  '--accent': 'bg-accent',
  '--danger': 'bg-danger',
  '--good': 'bg-good',
  '--warn': 'bg-warn',
  '--muted': 'bg-muted',
};

function Legend({ series }: { series: readonly ChartSeries[] }) {
  return (
    <ul className="flex flex-wrap gap-4 text-xs text-muted">
      {series.map(({ label, colour }) => (
        <li key={label} className="flex items-center gap-1.5">
          <span className={`size-2.5 rounded-sm ${SWATCHES[colour]}`} />
          {label}
        </li>
      ))}
    </ul>
  );
}
