import type { AuditEventDto } from '../../api/generated/types.gen';
import { Badge, type Tone } from '../../ui/badge';
import type { Column } from '../../ui/columns';
import { exactMoment } from '../../ui/moments';
import { None } from '../../ui/page';
import { Actor } from './actor';
import { changesIn, wordsOf } from './changes';

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

export const OUTCOME_TONES: Record<AuditEventDto['outcome'], Tone> = {
  success: 'neutral',
  denied: 'warn',
  failure: 'danger',
};

const PLAIN: readonly Column<AuditEventDto>[] = [
  {
    id: 'sequence',
    label: 'No.',
    width: '4.5rem',
    isNumeric: true,
    cell: ({ sequence }) => sequence.toLocaleString('en'),
  },
  {
    id: 'time',
    label: 'When',
    width: '11rem',
    cell: ({ occurred_at: at }) => (
      <time dateTime={at} title={exactMoment(new Date(at))} className="tabular-nums">
        {clock.format(new Date(at))}
      </time>
    ),
  },
  {
    id: 'action',
    label: 'What',
    width: 'minmax(12.5rem, 1.2fr)',
    cell: ({ action, outcome }) => (
      <span className="flex items-center gap-2">
        <code className="truncate font-mono text-xs">{action}</code>
        {outcome !== 'success' && <Badge tone={OUTCOME_TONES[outcome]}>{outcome}</Badge>}
      </span>
    ),
  },
  {
    id: 'actor',
    label: 'Who',
    width: 'minmax(10rem, 1fr)',
    cell: ({ actor }) => <Actor actor={actor} />,
  },
  { id: 'about', label: 'About', width: 'minmax(10rem, 1.8fr)', cell: (event) => <About event={event} /> },
];

const LOG: Column<AuditEventDto> = {
  id: 'log',
  label: 'Log',
  width: '7rem',
  cell: ({ business_id }) =>
    business_id === null ? (
      'platform'
    ) : (
      <code title={business_id} className="font-mono text-xs">
        …{business_id.slice(-8)}
      </code>
    ),
};

const FROM: Column<AuditEventDto> = {
  id: 'ip',
  label: 'From',
  width: '7.5rem',
  cell: ({ ip }) => (ip === null ? <None>–</None> : <code className="font-mono text-xs">{ip}</code>),
};

export const COLUMNS: readonly Column<AuditEventDto>[] = [...PLAIN, FROM];
/** Beside an open event there is less room. */
export const NARROW_COLUMNS: readonly Column<AuditEventDto>[] = PLAIN.filter(
  ({ id }) => id !== 'about' && id !== 'actor',
);
export const ALL_LOGS_COLUMNS: readonly Column<AuditEventDto>[] = [LOG, ...PLAIN, FROM];
export const NARROW_ALL_LOGS_COLUMNS: readonly Column<AuditEventDto>[] = [LOG, ...NARROW_COLUMNS];

/** What tells events of one action from each other, in a line. */
function About({ event: { details, reason, target } }: { event: AuditEventDto }) {
  const { changes, others } = changesIn(details);
  const changed = changes.filter(({ isChanged }) => isChanged).map(({ name }) => wordsOf(name));
  const facts = new Map(others);
  const named = ['name', 'email', 'route', 'filter', 'failure']
    .map((name) => facts.get(name))
    .filter((value) => typeof value === 'string' && value !== '');
  const parts = [...named, ...(changed.length > 0 ? [`changed ${changed.join(', ')}`] : [])] as string[];
  if (reason !== null) parts.push(`“${reason}”`);
  if (parts.length === 0) return <None>{target.kind}</None>;
  const text = parts.join(' · ');
  return <bdi title={text}>{text}</bdi>;
}
