import type { ReactNode } from 'react';
import type { RevocationReceiptDto } from '../api/generated/types.gen';
import type { Committed, WaitedFor, Waiting } from '../api/revoke-and-watch';
import { Spinner } from './button';
import { classNames } from './class-names';
import { Icon } from './icon';
import { ExactTime } from './time';

/** So many are shown one by one; of more, those that are still waited for come first. */
const VERIFIERS_MAX = 24;

const STATE_WORDS: Record<WaitedFor['state'], string> = {
  waiting: 'may still accept it',
  confirmed: 'refuses it',
  waited_out: 'did not answer; its lease has ended',
};

interface TakingEffectProps {
  /** What takes effect: "the token", "412 tokens". */
  what: string;
  isRunning: boolean;
  committed: Committed | null;
  waiting: Waiting | null;
  /** In effect everywhere; null: not yet. */
  receipt: RevocationReceiptDto | null;
  /** Between the record and the verifiers. */
  children?: ReactNode;
}

/** A revocation as it takes effect: recorded, refused by one verifier after the other, refused everywhere. */
export function TakingEffect(props: TakingEffectProps) {
  const { what, isRunning, committed, waiting, receipt, children } = props;
  const sequence = receipt?.audit_sequence ?? committed?.audit_sequence ?? null;
  const isRecorded = committed !== null || receipt !== null;
  return (
    <div className="text-sm">
      <ol aria-label="How it takes effect" className="flex flex-col">
        <Step state={isRecorded ? 'done' : isRunning ? 'now' : 'open'} title="Recorded in the audit log">
          {isRecorded && (
            <p className="text-muted">
              {sequence !== null && <>as event {sequence}</>}
              {committed !== null && (
                <>
                  , <ExactTime at={committed.revoked_at} />
                </>
              )}
            </p>
          )}
          {children}
        </Step>
        <Step
          state={receipt !== null ? 'done' : isRecorded && isRunning ? 'now' : 'open'}
          title={verifiersTitle(waiting, receipt)}
        >
          <Verifiers waiting={waiting} receipt={receipt} />
        </Step>
        <Step
          state={receipt === null ? 'open' : 'done'}
          title={receipt === null ? 'Refused everywhere' : `Refused everywhere: ${what}`}
          isLast
        >
          {receipt !== null && (
            <p className="text-muted">
              {inMs(receipt.duration_ms)} after it was recorded. No verification that starts from now on
              answers “active”.
            </p>
          )}
        </Step>
      </ol>
      <p role="status" className="sr-only">
        {spoken(props)}
      </p>
    </div>
  );
}

/** With a fraction only where it is most of the number. */
export function inMs(ms: number): string {
  return `${ms >= 10 ? Math.round(ms).toLocaleString() : ms} ms`;
}

function spoken({ isRunning, committed, waiting, receipt }: TakingEffectProps): string {
  if (receipt !== null) return 'Refused everywhere.';
  if (!isRunning) return '';
  if (waiting !== null) return `${waiting.confirmed} of ${waiting.registered} verifiers refuse it.`;
  return committed === null ? 'Being recorded.' : 'Recorded.';
}

function verifiersTitle(waiting: Waiting | null, receipt: RevocationReceiptDto | null): string {
  if (receipt !== null) {
    const { verifiers_registered: registered, verifiers_acknowledged: confirmed } = receipt;
    return `${confirmed} of ${registered} verifier${registered === 1 ? '' : 's'} confirmed it`;
  }
  if (waiting === null) return 'Confirmed by every verifier';
  return `${waiting.confirmed} of ${waiting.registered} verifier${waiting.registered === 1 ? '' : 's'} confirmed it`;
}

function Verifiers({ waiting, receipt }: { waiting: Waiting | null; receipt: RevocationReceiptDto | null }) {
  const clients = receipt?.client_verifiers ?? waiting?.client_verifiers ?? 0;
  const waitedOut = receipt?.verifiers_waited_out ?? waiting?.waited_out ?? 0;
  if (waiting === null && receipt === null) return null;
  return (
    <div className="flex flex-col gap-2">
      {waiting !== null && <VerifierList verifiers={waiting.verifiers} />}
      {(clients > 0 || waitedOut > 0) && (
        <p className="text-muted">
          {clients > 0 && `With ${clients} client verifier${clients === 1 ? '' : 's'} of theirs. `}
          {waitedOut > 0 &&
            `${waitedOut} did not answer, and may no longer trust ${waitedOut === 1 ? 'its' : 'their'} memory.`}
        </p>
      )}
    </div>
  );
}

function VerifierList({ verifiers }: { verifiers: readonly WaitedFor[] }) {
  const shown = [...verifiers]
    .sort((a, b) => Number(b.state === 'waiting') - Number(a.state === 'waiting') || (a.id < b.id ? -1 : 1))
    .slice(0, VERIFIERS_MAX);
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label="Verifiers">
      {shown.map(({ id, state }) => (
        <li
          key={id}
          title={`${id}: ${STATE_WORDS[state]}`}
          className={classNames(
            'inline-flex items-center gap-1.5 rounded px-1.5 py-0.5 font-mono text-xs',
            state === 'waiting' && 'bg-sunken text-muted',
            state === 'confirmed' && 'bg-good-ground text-good',
            state === 'waited_out' && 'bg-warn-ground text-warn',
          )}
        >
          {state === 'waiting' ? (
            <Spinner size={12} />
          ) : (
            <Icon name={state === 'confirmed' ? 'check' : 'alert'} size={12} />
          )}
          {id.slice(-8)}
          <span className="sr-only">{STATE_WORDS[state]}</span>
        </li>
      ))}
      {verifiers.length > shown.length && (
        <li className="px-1 py-0.5 text-xs text-muted">and {verifiers.length - shown.length} more</li>
      )}
    </ul>
  );
}

type StepState = 'open' | 'now' | 'done';

function Step({
  state,
  title,
  isLast = false,
  children,
}: {
  state: StepState;
  title: string;
  isLast?: boolean;
  children?: ReactNode;
}) {
  return (
    <li className="flex gap-3" aria-current={state === 'now' ? 'step' : undefined}>
      <span aria-hidden="true" className="flex flex-col items-center">
        <span
          className={classNames(
            'grid size-5 shrink-0 place-items-center rounded-full',
            state === 'done' ? 'bg-good-ground text-good' : 'bg-sunken text-muted',
          )}
        >
          {state === 'done' && <Icon name="check" size={12} />}
          {state === 'now' && <Spinner size={12} />}
        </span>
        {!isLast && <span className="w-px grow bg-line" />}
      </span>
      <div className={classNames('flex min-w-0 flex-col gap-1', !isLast && 'pb-4')}>
        <p className={classNames('font-medium', state === 'open' && 'text-muted')}>{title}</p>
        {children}
      </div>
    </li>
  );
}
