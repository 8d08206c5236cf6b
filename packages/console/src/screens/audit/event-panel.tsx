import { useState } from 'react';
import type { AuditEventDto } from '../../api/generated/types.gen';
import { Badge } from '../../ui/badge';
import { IconButton } from '../../ui/button';
import { CopyButton } from '../../ui/copy-button';
import { Link } from '../../ui/link';
import { Facts, None, type Fact } from '../../ui/page';
import { Tabs } from '../../ui/tabs';
import { ExactTime } from '../../ui/time';
import { Actor } from './actor';
import { changesIn, wordsOf } from './changes';
import { OUTCOME_TONES } from './columns';
import { Proof } from './proof';

type Tab = 'facts' | 'proof' | 'json';

interface EventPanelProps {
  event: AuditEventDto;
  onClose: () => void;
}

/** One event: what it says, what it changed, and whether it is in the log. */
export function EventPanel({ event, onClose }: EventPanelProps) {
  const [tab, setTab] = useState<Tab>('facts');
  const json = JSON.stringify(event, null, 2);
  return (
    <section
      aria-label={`Event ${event.sequence}`}
      className="card flex min-h-0 w-[30rem] max-w-[48%] shrink-0 flex-col"
      onKeyDownCapture={({ key }) => key === 'Escape' && onClose()}
    >
      <header className="flex items-start justify-between gap-2 py-3 pl-4 pr-2">
        <div className="min-w-0">
          <h2 className="flex flex-wrap items-center gap-2 font-semibold">
            <code className="font-mono text-sm">{event.action}</code>
            <Badge tone={OUTCOME_TONES[event.outcome]}>{event.outcome}</Badge>
          </h2>
          <p className="text-sm text-muted">
            No. {event.sequence.toLocaleString('en')} · <ExactTime at={event.occurred_at} />
          </p>
        </div>
        <IconButton icon="close" label="Close" onPress={onClose} />
      </header>
      <div className="min-h-0 grow overflow-auto px-4 pb-4">
        <Tabs<Tab>
          label="Event"
          selected={tab}
          onSelect={setTab}
          tabs={[
            { id: 'facts', label: 'What happened', content: <EventFacts event={event} /> },
            { id: 'proof', label: 'Proof', content: <Proof key={event.id} event={event} /> },
            {
              id: 'json',
              label: 'JSON',
              content: (
                <div className="flex flex-col items-start gap-3">
                  <CopyButton text={json} label="Copy the JSON" />
                  <pre
                    tabIndex={0}
                    className="max-w-full overflow-auto rounded-md bg-sunken p-3 font-mono text-xs"
                  >
                    {json}
                  </pre>
                </div>
              ),
            },
          ]}
        />
      </div>
    </section>
  );
}

function EventFacts({ event }: { event: AuditEventDto }) {
  const { changes, others } = changesIn(event.details);
  const about: Fact[] = [
    { name: 'who', value: <Actor actor={event.actor} /> },
    ...(event.actor.token_id === null
      ? []
      : [{ name: 'with token', value: <TokenLink id={event.actor.token_id} event={event} /> }]),
    { name: event.target.kind, value: <Target event={event} /> },
    { name: 'reason', value: event.reason === null ? <None /> : <bdi>{event.reason}</bdi> },
    { name: 'address', value: event.ip === null ? <None /> : <Code>{event.ip}</Code> },
    { name: 'user agent', value: event.user_agent === null ? <None /> : <bdi>{event.user_agent}</bdi> },
    { name: 'request', value: event.request_id === null ? <None /> : <Code>{event.request_id}</Code> },
    { name: 'event', value: <Code>{event.id}</Code> },
    {
      name: 'log',
      value: event.business_id === null ? 'platform' : <Code>{event.business_id}</Code>,
    },
  ];
  return (
    <div className="flex flex-col gap-5">
      {changes.length > 0 && (
        <table className="w-full table-fixed text-left text-sm">
          <caption className="sr-only">Before and after</caption>
          <thead className="text-xs text-muted">
            <tr>
              <th scope="col" className="w-[30%] py-1 pr-2 font-medium">
                <span className="sr-only">What</span>
              </th>
              <th scope="col" className="py-1 pr-2 font-medium">
                Before
              </th>
              <th scope="col" className="py-1 font-medium">
                After
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ name, before, after, isChanged }) => (
              <tr key={name} className="border-t border-line align-top">
                <th scope="row" className="py-1.5 pr-2 font-normal text-muted">
                  {wordsOf(name)}
                </th>
                {isChanged ? (
                  <>
                    <td className="py-1.5 pr-2">
                      <del className="rounded bg-danger-ground px-1 text-danger no-underline">
                        <Value value={before} />
                      </del>
                    </td>
                    <td className="py-1.5">
                      <ins className="rounded bg-good-ground px-1 text-good no-underline">
                        <Value value={after} />
                      </ins>
                    </td>
                  </>
                ) : (
                  <td colSpan={2} className="py-1.5 text-muted">
                    <Value value={after} /> <span className="text-xs">(as before)</span>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {others.length > 0 && (
        <Facts
          facts={others.map(([name, value]) => ({ name: wordsOf(name), value: <Value value={value} /> }))}
        />
      )}
      {(changes.length > 0 || others.length > 0) && <hr className="border-line" />}
      <Facts facts={about} />
    </div>
  );
}

function Target({ event: { target, business_id: businessId } }: { event: AuditEventDto }) {
  if (target.id === null) return <None />;
  if (target.kind === 'token' && businessId !== null)
    return <TokenLink id={target.id} event={{ business_id: businessId }} />;
  return <Code>{target.id}</Code>;
}

function TokenLink({ id, event }: { id: string; event: Pick<AuditEventDto, 'business_id'> }) {
  if (event.business_id === null) return <Code>{id}</Code>;
  return (
    <Link
      to="/b/$businessId/tokens/$tokenId"
      params={{ businessId: event.business_id, tokenId: id }}
      className="font-mono text-xs"
    >
      {id}
    </Link>
  );
}

function Code({ children }: { children: string }) {
  return <code className="font-mono text-xs wrap-anywhere">{children}</code>;
}

function Value({ value }: { value: unknown }) {
  if (value === null || value === '') return <span className="italic">none</span>;
  if (typeof value === 'string') return <bdi className="wrap-anywhere">{value}</bdi>;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return value.length === 0 ? (
      <span className="italic">none</span>
    ) : (
      <bdi className="wrap-anywhere">{value.join(', ')}</bdi>
    );
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return <span className="wrap-anywhere">{JSON.stringify(value)}</span>;
}
