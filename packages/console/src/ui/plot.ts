import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartProps, ChartSeries } from './chart-props';

/**
 * Draws a chart into an element, as wide as that is at any time.
 * @returns takes it away
 */
export function draw(
  element: HTMLElement,
  { moments, series, shape, height }: Required<Omit<ChartProps, 'label'>>,
): () => void {
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
  shape: NonNullable<ChartProps['shape']>,
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
