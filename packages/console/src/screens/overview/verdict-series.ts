import type { UsageCountsDto, UsageDto } from '../../api/generated/types.gen';
import type { ChartSeries } from '../../ui/chart';

const HOUR_S = 3600;

/** The rare outcomes are told together; the table of usage has each. */
const OUTCOMES: readonly {
  label: string;
  colour: ChartSeries['colour'];
  of: readonly (keyof UsageCountsDto)[];
}[] = [
  { label: 'active', colour: '--accent', of: ['active'] },
  { label: 'revoked', colour: '--danger', of: ['revoked'] },
  { label: 'expired', colour: '--warn', of: ['expired'] },
  {
    label: 'refused otherwise',
    colour: '--muted',
    of: ['suspended', 'exhausted', 'insufficient_scope', 'ip_not_allowed'],
  },
];

/** For each hour from `since` to `until`, also those without a verdict, how many there were of each outcome. */
export function verdictSeries({ since, until, hours }: UsageDto): {
  moments: number[];
  series: ChartSeries[];
} {
  const first = Math.floor(new Date(since).getTime() / 1000 / HOUR_S) * HOUR_S;
  const count = Math.max(0, Math.ceil((new Date(until).getTime() / 1000 - first) / HOUR_S));
  const moments = Array.from({ length: count }, (_, index) => first + index * HOUR_S);
  const byHour = new Map(hours.map(({ hour, verdicts }) => [new Date(hour).getTime() / 1000, verdicts]));
  const series = OUTCOMES.map(({ label, colour, of }) => ({
    label,
    colour,
    values: moments.map((moment) => of.reduce((sum, name) => sum + (byHour.get(moment)?.[name] ?? 0), 0)),
  }));
  return { moments, series };
}

/** The same, in one number each. */
export function verdictSums({ verdicts }: UsageDto): { label: string; count: number }[] {
  return OUTCOMES.map(({ label, of }) => ({
    label,
    count: of.reduce((sum, name) => sum + verdicts[name], 0),
  }));
}
