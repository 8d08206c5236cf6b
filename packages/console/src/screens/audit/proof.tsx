import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import type { AuditEventDto } from '../../api/generated/types.gen';
import type { Step } from '../../proof/step';
import { Button } from '../../ui/button';
import { Choices, Field } from '../../ui/field';
import { Icon } from '../../ui/icon';
import { FileLink } from '../../ui/link';
import { Notice } from '../../ui/states';
import { proofsOf } from './log-of';

interface Verdict {
  steps: Step[];
  /** The key that was believed came from the service itself. */
  isOwnKey: boolean;
  hasKept: boolean;
}

type Whose = 'service' | 'mine';

/** Verifies in this browser that the event, as it is shown, is in the log. */
export function Proof({ event }: { event: AuditEventDto }) {
  const proofs = proofsOf(event.business_id);
  const [whose, setWhose] = useState<Whose>('service');
  const [mine, setMine] = useState('');
  const [kept, setKept] = useState('');
  const served = useQuery({
    queryKey: [event.business_id ?? 'platform', 'audit-key'],
    queryFn: ({ signal }) => proofs.key(signal),
  });
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: async (): Promise<Verdict> => {
      const key = whose === 'mine' ? mine : served.data?.vkey;
      if (key === undefined) throw new Error('without a key');
      const { checkEvent, whyUnsupported } = await import('../../proof/check-event');
      const why = await whyUnsupported();
      if (why !== null) throw new Error(why);
      const proof = await proofs.proofOf(event.id);
      const steps = await checkEvent({ event, proof, key, kept, growth: proofs.growth });
      return { steps, isOwnKey: whose === 'service', hasKept: kept.trim() !== '' };
    },
  });
  const hasKey = whose === 'mine' ? mine.trim() !== '' : served.data !== undefined;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (hasKey) mutate();
      }}
    >
      <p className="text-sm text-muted">
        This browser checks by itself that the event, exactly as it is shown here, is in the signed log. The
        same code is in <code className="font-mono text-xs">rescind audit verify</code>.
      </p>
      <Choices<Whose>
        label="Whose signature counts"
        value={whose}
        onChange={setWhose}
        choices={[
          {
            value: 'service',
            label: 'The key that this service names',
            description:
              served.data === undefined ? (
                served.error === null ? (
                  'being read…'
                ) : (
                  sentenceOf(served.error)
                )
              ) : (
                <code className="font-mono wrap-anywhere">{served.data.vkey}</code>
              ),
          },
          {
            value: 'mine',
            label: 'A key that I have kept',
            description: 'Stronger: the service cannot choose it.',
          },
        ]}
      />
      {whose === 'mine' && (
        <Field
          label="Public key"
          description="A verifier key, or a PEM."
          rows={2}
          mono
          value={mine}
          onChange={setMine}
          isRequired
        />
      )}
      <details>
        <summary className="cursor-pointer text-sm">A checkpoint that I have kept (optional)</summary>
        <div className="pt-2">
          <Field
            label="Checkpoint"
            description="Shows also that the log only grew since then."
            rows={4}
            mono
            value={kept}
            onChange={setKept}
          />
        </div>
      </details>
      <div>
        <Button type="submit" kind="primary" icon="verifier" isPending={isPending} isDisabled={!hasKey}>
          Verify
        </Button>
      </div>
      {error !== null && (
        <Notice tone="danger" title="It could not be verified">
          {error.message === '' ? sentenceOf(error) : error.message}
        </Notice>
      )}
      {data !== undefined && !isPending && <Outcome verdict={data} />}
    </form>
  );
}

function Outcome({ verdict: { steps, isOwnKey, hasKept } }: { verdict: Verdict }) {
  const isVerified = steps.length > 0 && steps.every(({ passed }) => passed);
  return (
    <div className="flex flex-col gap-4">
      {isVerified ? (
        <Notice tone="good" title="Verified">
          This event, exactly as it is shown, is in the log that the key has signed.
        </Notice>
      ) : (
        <Notice tone="danger" title="NOT VERIFIED">
          Do not rely on this event. Keep what you see, and tell whoever is responsible for security.
        </Notice>
      )}
      <ol className="flex flex-col gap-3">
        {steps.map(({ title, passed, says, detail }) => (
          <li key={title} className="flex gap-2.5 text-sm">
            <span
              className={`mt-0.5 grid size-5 shrink-0 place-items-center rounded-full ${passed ? 'bg-good-ground text-good' : 'bg-danger-ground text-danger'}`}
            >
              <Icon name={passed ? 'check' : 'close'} size={12} />
            </span>
            <div className="min-w-0">
              <p className="font-medium">
                {title}
                <span className="sr-only">: {passed ? 'yes' : 'no'}</span>
              </p>
              <p className={passed ? 'text-muted' : 'text-danger'}>{says}</p>
              {detail !== undefined && (
                <code className="mt-0.5 block font-mono text-xs wrap-anywhere text-muted">{detail}</code>
              )}
            </div>
          </li>
        ))}
      </ol>
      {isVerified && (
        <div className="rounded-md bg-sunken px-3 py-2 text-sm">
          <p className="font-medium">What this does not prove</p>
          <ul className="list-disc pl-4 text-muted">
            {isOwnKey && (
              <li>
                That the key is the right one: it came from the same service. Paste one that you have kept.
              </li>
            )}
            {!hasKept && (
              <li>
                That the log was never rewritten as a whole by whoever holds the signing key, or that others
                are shown the same log: compare with a checkpoint that was kept, or ask for witnesses.
              </li>
            )}
            <li>That what the event says is true: only that it was recorded, and is unchanged.</li>
            <li>That no other event is missing: an export shows that.</li>
            <li>
              That this page is honest: it came from the service. Your own copy of{' '}
              <FileLink href="/audit/verify">/audit/verify</FileLink> or the command does not.
            </li>
          </ul>
        </div>
      )}
    </div>
  );
}
