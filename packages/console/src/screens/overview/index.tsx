import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import type { UsageDto } from '../../api/generated/types.gen';
import { useLiveInterval } from '../../api/live';
import { useApi, useBusinessId } from '../../api/session';
import { Chart, type ChartSeries } from '../../ui/chart';
import { Link } from '../../ui/link';
import { LiveView } from '../../ui/live-view';
import { Page, Section } from '../../ui/page';
import { Time } from '../../ui/time';
import type { BoundedCountDto, OverviewDto, TokenActivityDto } from '../../api/generated/types.gen';
import { readOverview } from './overview';
import { verdictSeries, verdictSums } from './verdict-series';

const AGAIN_MS = 2000;
const DAY_MS = 24 * 3600_000;

/** What there is, in numbers, and whether revocations can take effect: live. */
export default function OverviewScreen() {
  const client = useApi();
  const businessId = useBusinessId();
  const query = useQuery({
    queryKey: [businessId ?? 'platform', 'overview'],
    queryFn: ({ signal }) => readOverview(client, businessId, signal),
    refetchInterval: useLiveInterval(AGAIN_MS),
    staleTime: 0,
  });
  return (
    <Page title="Overview">
      <LiveView query={query} label="Reading the numbers" everyMs={AGAIN_MS}>
        {(overview) => <Numbers overview={overview} businessId={businessId} />}
      </LiveView>
    </Page>
  );
}

function Numbers({ overview, businessId }: { overview: OverviewDto; businessId: string | null }) {
  const { tokens, issued, revoked, verdicts, verifiers } = overview;
  const isOwn = overview.of === 'own';
  return (
    <>
      <Section
        title={isOwn ? 'Your tokens' : businessId === null ? 'Tokens of all businesses' : 'Tokens'}
        actions={
          <span className="text-xs text-muted">
            counted <Time at={overview.counted_at} />
          </span>
        }
      >
        <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-4">
          <Figure label="active" businessId={businessId} search={{ status: 'active' }}>
            {written(tokens.active)}
          </Figure>
          <Figure label="active, never used">{written(tokens.never_used)}</Figure>
          <Figure
            label="active, without expiry"
            businessId={businessId}
            search={{ status: 'active', never_expires: 'true' }}
          >
            {written(tokens.never_expiring)}
          </Figure>
          <Figure label="revoked in 24 hours">{written(revoked.last_24_hours)}</Figure>
          <Figure label="expire within a day" businessId={businessId} search={expiringWithin(1)}>
            {written(tokens.expiring.within_1_day)}
          </Figure>
          <Figure label="within 7 days" businessId={businessId} search={expiringWithin(7)}>
            {written(tokens.expiring.within_7_days)}
          </Figure>
          <Figure label="within 30 days" businessId={businessId} search={expiringWithin(30)}>
            {written(tokens.expiring.within_30_days)}
          </Figure>
          <Figure label="issued in 24 hours">{written(issued.last_24_hours)}</Figure>
        </dl>
      </Section>
      <Section title="Verifiers, now">
        <Verifiers verifiers={verifiers} isPlatform={businessId === null} />
      </Section>
      {verdicts !== null && (
        <Section title="Verdicts in the last 48 hours">
          <Verdicts verdicts={verdicts} />
        </Section>
      )}
      <div className="grid gap-5 lg:grid-cols-2">
        <Days title="Revoked, by day" activity={revoked} colour="--danger" />
        <Days title="Issued, by day" activity={issued} colour="--accent" />
      </div>
    </>
  );
}

function written({ count, exceeded }: BoundedCountDto): string {
  return exceeded ? `${count.toLocaleString('en')}+` : count.toLocaleString('en');
}

function expiringWithin(days: number): Record<string, string> {
  // To the hour: the address stays the same while the numbers are asked again.
  const hour = Math.ceil(Date.now() / 3600_000) * 3600_000;
  return { status: 'active', expires_before: new Date(hour + days * DAY_MS).toISOString() };
}

interface FigureProps {
  label: string;
  children: ReactNode;
  /** With `search`: the list of these tokens. */
  businessId?: string | null;
  search?: Record<string, string>;
}

function Figure({ label, children, businessId = null, search }: FigureProps) {
  return (
    <div className="flex flex-col-reverse">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="text-xl font-semibold tabular-nums">
        {businessId === null || search === undefined ? (
          children
        ) : (
          <Link
            to="/b/$businessId/tokens"
            params={{ businessId }}
            search={search as never}
            aria-label={typeof children === 'string' ? `${children} ${label}` : label}
            className="text-ink decoration-line-strong"
          >
            {children}
          </Link>
        )}
      </dd>
    </div>
  );
}

function Verifiers({ verifiers, isPlatform }: { verifiers: OverviewDto['verifiers']; isPlatform: boolean }) {
  const { registered, renewed, client_verifiers: clients } = verifiers;
  const late = registered - renewed;
  return (
    <div className="flex flex-wrap items-end gap-x-10 gap-y-3">
      <dl className="flex flex-wrap gap-x-10 gap-y-3">
        <Figure label="that every revocation waits for">{registered}</Figure>
        <Figure label="have renewed their lease in time">
          <span className={late > 0 ? 'text-warn' : 'text-good'}>
            {renewed} of {registered}
          </span>
        </Figure>
        <Figure label="client verifiers">{clients.toLocaleString('en')}</Figure>
      </dl>
      <p className="max-w-prose text-sm text-muted">
        {late > 0
          ? `${late === 1 ? 'One has' : `${late} have`} not renewed: it refuses all tokens, has stopped, or hangs. A revocation waits until its lease has ended.`
          : 'Each may trust its memory until its lease ends.'}{' '}
        {isPlatform && <Link to="/platform/verifiers">See each of them</Link>}
      </p>
    </div>
  );
}

function Verdicts({ verdicts }: { verdicts: UsageDto }) {
  // Asked every two seconds: the picture is drawn again only when it would be another one.
  const content = JSON.stringify([verdicts.hours, verdicts.since.slice(0, 13), verdicts.until.slice(0, 13)]);
  const { moments, series } = useMemo(() => verdictSeries(verdicts), [content]);
  if (verdicts.recording === 'off')
    return <p className="text-sm text-muted">Use is not recorded in this installation (RESCIND_USAGE).</p>;
  return (
    <>
      <dl className="flex flex-wrap gap-x-10 gap-y-3">
        {verdictSums(verdicts).map(({ label, count }) => (
          <Figure key={label} label={label}>
            {count.toLocaleString('en')}
          </Figure>
        ))}
      </dl>
      {verdicts.hours.length === 0 ? (
        <p className="text-sm text-muted">No token was presented in this time.</p>
      ) : (
        <Chart label="Verdicts by hour and outcome" moments={moments} series={series} shape="lines" />
      )}
    </>
  );
}

interface DaysProps {
  title: string;
  activity: TokenActivityDto;
  colour: ChartSeries['colour'];
}

function Days({ title, activity, colour }: DaysProps) {
  const content = JSON.stringify(activity.days);
  const moments = useMemo(
    () => activity.days.map(({ day }) => new Date(`${day}T00:00:00Z`).getTime() / 1000),
    [content],
  );
  const series = useMemo(
    () => [{ label: 'tokens', colour, values: activity.days.map(({ count }) => count) }],
    [content, colour],
  );
  const isNone = activity.days.every(({ count }) => count === 0);
  return (
    <Section title={title}>
      {activity.days.length === 0 ? (
        <p className="text-sm text-muted">More than 10,000 today: too many to be counted by day.</p>
      ) : isNone ? (
        <p className="text-sm text-muted">None in {activity.days.length} days.</p>
      ) : (
        <Chart label={title} moments={moments} series={series} height={140} />
      )}
    </Section>
  );
}
