import type { TokenUsageDto } from '../../api/generated/types.gen';

const HOUR_S = 3600;

/** For each hour from `since` to `until`, also those without a verdict: how many were good, and how many were not. */
export function hourlyVerdicts({ since, until, hours }: Pick<TokenUsageDto, 'since' | 'until' | 'hours'>): {
  moments: number[];
  good: number[];
  refused: number[];
} {
  const first = Math.floor(new Date(since).getTime() / 1000 / HOUR_S) * HOUR_S;
  const end = new Date(until).getTime() / 1000;
  const count = Math.max(0, Math.ceil((end - first) / HOUR_S));
  const moments = Array.from({ length: count }, (_, index) => first + index * HOUR_S);
  const good = moments.map(() => 0);
  const refused = moments.map(() => 0);
  for (const { hour, verdicts } of hours) {
    const index = Math.floor((new Date(hour).getTime() / 1000 - first) / HOUR_S);
    if (index < 0 || index >= count) continue;
    good[index] = verdicts.active;
    refused[index] = Object.values(verdicts).reduce((sum, each) => sum + each, 0) - verdicts.active;
  }
  return { moments, good, refused };
}
