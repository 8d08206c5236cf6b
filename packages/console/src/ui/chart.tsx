import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useStore } from '../api/store';
import { shownTheme } from './theme';
import { exactMoment } from './moments';

export interface ChartSeries {
  label: string;
  /** A colour of the console, by its variable: `--accent`, `--danger`. */
  colour: '--accent' | '--danger' | '--good' | '--warn' | '--muted';
  /** One for each moment. */
  values: readonly number[];
}

export interface ChartProps {
  label: string;
  /** Ascending, in seconds since the epoch. */
  moments: readonly number[];
  series: readonly ChartSeries[];
  /** `bars` for counts of a period, `lines` for a state. */
  shape?: 'bars' | 'lines';
  height?: number;
}

/** Numbers over time; the same as a table for readers, and for everybody behind a button. */
export function Chart({ label, moments, series, shape = 'bars', height = 160 }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const theme = useStore(shownTheme);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const plot = new uPlot(
      optionsFor(element, series, shape, height, moments),
      [[...moments], ...(shape === 'bars' ? stacked(series) : series.map(({ values }) => [...values]))],
      element,
    );
    const sizes = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      plot.destroy();
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

/** Bars stand on each other: each series is drawn as high as itself and all after it, which then cover its lower part. */
function stacked(series: readonly ChartSeries[]): number[][] {
  const heights: number[][] = [];
  for (const { values } of [...series].reverse()) {
    const below = heights[0];
    heights.unshift(values.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return heights;
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

const dayWords = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const hourWords = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const DAY_S = 24 * 3600;

/** Days where the ticks are days apart, times where they are not. */
function momentsOfTicks(ticks: readonly number[]): string[] {
  const [first = 0, second = DAY_S] = ticks;
  const words = second - first >= DAY_S ? dayWords : hourWords;
  return ticks.map((tick) => words.format(tick * 1000));
}

function optionsFor(
  element: HTMLElement,
  series: readonly ChartSeries[],
  shape: 'bars' | 'lines',
  height: number,
  moments: readonly number[],
): uPlot.Options {
  const colourOf = colours(element);
  const stepS = (moments[1] ?? 0) - (moments[0] ?? 0);
  const axis = {
    stroke: colourOf('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colourOf('--line'), width: 1 },
    ticks: { show: false },
  };
  const bars = uPlot.paths.bars?.({ size: [0.7, 24], radius: 0.1 });
  return {
    width: element.clientWidth,
    height,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false } },
    scales: {
      x: { range: (_plot, min, max) => (shape === 'bars' ? [min - stepS / 2, max + stepS / 2] : [min, max]) },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.05)] },
    },
    axes: [
      { ...axis, size: 28, grid: { show: false }, values: (_plot, ticks) => momentsOfTicks(ticks) },
      {
        ...axis,
        size: 44,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7],
      },
    ],
    series: [
      {},
      ...series.map(({ label, colour }) => ({
        label,
        stroke: colourOf(colour),
        width: shape === 'bars' ? 0 : 1.5,
        points: { show: false },
        ...(shape === 'bars' ? { fill: colourOf(colour), paths: bars } : {}),
      })),
    ],
  };
}

/** What a variable is worth at the moment, in the light or dark that is shown. */
function colours(element: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
