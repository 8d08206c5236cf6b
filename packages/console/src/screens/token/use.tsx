import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { getTokenUsage } from '../../api/generated/sdk.gen';
import type { TokenUsageDto } from '../../api/generated/types.gen';
import { useLiveInterval } from '../../api/live';
import { useApi } from '../../api/session';
import { Scope } from '../../ui/badge';
import { Chart } from '../../ui/chart';
import { None, Section } from '../../ui/page';
import { QueryView } from '../../ui/query-view';
import { Empty } from '../../ui/states';
import { Time } from '../../ui/time';
import { hourlyVerdicts } from './hourly-verdicts';

const DAYS = 7;
const DAY_MS = 24 * 3600_000;
const AGAIN_MS = 30_000;

/** How often it was good or refused, from where, and which scopes it was asked for. */
export default function TokenUse({ tokenId, businessId }: { tokenId: string; businessId: string }) {
  const client = useApi();
  const query = useQuery({
    queryKey: [businessId, 'token', tokenId, 'use'],
    queryFn: ({ signal }) =>
      getTokenUsage({
        client,
        path: { token_id: tokenId },
        query: { since: new Date(Date.now() - DAYS * DAY_MS).toISOString() },
        signal,
      }),
    refetchInterval: useLiveInterval(AGAIN_MS),
  });
  return (
    <Section title={`Use in the last ${DAYS} days`}>
      <QueryView query={query} label="Reading the use">
        {(usage) => <Usage usage={usage} />}
      </QueryView>
    </Section>
  );
}

function Usage({ usage }: { usage: TokenUsageDto }) {
  const { moments, good, refused } = useMemo(() => hourlyVerdicts(usage), [usage]);
  const series = useMemo(
    () => [
      { label: 'active', colour: '--accent' as const, values: good },
      { label: 'refused', colour: '--danger' as const, values: refused },
    ],
    [good, refused],
  );
  if (usage.recording === 'off')
    return <Empty title="Use is not recorded">RESCIND_USAGE is off in this installation.</Empty>;
  const goodInAll = usage.verdicts.active;
  const refusedInAll = Object.values(usage.verdicts).reduce((sum, count) => sum + count, 0) - goodInAll;
  return (
    <>
      <dl className="flex gap-8">
        <Count label="answered active" count={goodInAll} />
        <Count label="refused" count={refusedInAll} />
      </dl>
      {usage.hours.length === 0 ? (
        <p className="py-6 text-sm text-muted">Nobody has presented it in this time.</p>
      ) : (
        <Chart label="Verdicts by hour" moments={moments} series={series} />
      )}
      <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
        <Seen title="Scopes it was asked for">
          {usage.asked_scopes.map(({ scope, last_asked_at }) => (
            <SeenLine key={scope} at={last_asked_at}>
              <Scope>{scope}</Scope>
            </SeenLine>
          ))}
        </Seen>
        <Seen title="Addresses">
          {usage.addresses.map(({ address, last_seen_at }) => (
            <SeenLine key={address} at={last_seen_at}>
              <code className="font-mono text-xs">{address}</code>
            </SeenLine>
          ))}
        </Seen>
      </div>
    </>
  );
}

function Count({ label, count }: { label: string; count: number }) {
  return (
    <div className="flex flex-col-reverse">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="text-xl font-semibold tabular-nums">{count.toLocaleString()}</dd>
    </div>
  );
}

function Seen({ title, children }: { title: string; children: ReactNode[] }) {
  return (
    <div className="min-w-0 text-sm">
      <h3 className="mb-1 text-xs font-medium text-muted">{title}</h3>
      {children.length === 0 ? (
        <None>none recorded</None>
      ) : (
        <ul className="flex flex-col gap-1">{children}</ul>
      )}
    </div>
  );
}

function SeenLine({ at, children }: { at: string; children: ReactNode }) {
  return (
    <li className="flex items-center justify-between gap-3">
      <span className="min-w-0 truncate">{children}</span>
      <Time at={at} className="shrink-0 text-xs text-muted" />
    </li>
  );
}
