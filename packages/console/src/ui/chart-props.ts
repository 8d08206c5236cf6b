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
