import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getAuditRetention, getPlatformAuditRetention } from '../../api/generated/sdk.gen';
import type { RetentionDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId, useMay } from '../../api/session';
import { Button } from '../../ui/button';
import { Facts, None, Page, Section } from '../../ui/page';
import { QueryView } from '../../ui/query-view';
import { Notice } from '../../ui/states';
import { ExactTime, Time } from '../../ui/time';
import { ChangeDialog } from './change-dialog';
import { spanOf } from './span';

/** How long events are kept. */
export default function RetentionScreen() {
  const client = useApi();
  const businessId = useBusinessId();
  const key = [businessId ?? 'platform', 'retention'];
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      (businessId === null ? getPlatformAuditRetention : getAuditRetention)({ client, signal }),
  });
  return (
    <Page
      title="Retention"
      lead="How long the events of the audit log are kept. Their fingerprints stay for ever, so that proofs go on to hold."
    >
      <QueryView query={query} label="Reading the policy">
        {(policy) => <Policy policy={policy} queryKey={key} />}
      </QueryView>
    </Page>
  );
}

function Policy({ policy, queryKey }: { policy: RetentionDto; queryKey: readonly unknown[] }) {
  const businessId = useBusinessId();
  const may = useMay();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<'change' | 'cancel' | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const { months, effective_at: effectiveAt, months_until_then: until } = policy;
  const mayChange = may(businessId === null ? 'rescind:platform:admin' : 'rescind:business:admin');
  const isComing = effectiveAt !== null;
  return (
    <>
      {told !== null && <Notice tone="good">{told}</Notice>}
      {isComing && (
        <Notice
          tone="warn"
          title="A shorter policy is coming"
          action={mayChange && <Button onPress={() => setAsking('cancel')}>Cancel it…</Button>}
        >
          From <ExactTime at={effectiveAt} /> (<Time at={effectiveAt} />) events are kept {spanOf(months)}.
          Until then: {spanOf(until)}.
        </Notice>
      )}
      <Section
        title="Policy"
        actions={mayChange && <Button onPress={() => setAsking('change')}>Change…</Button>}
      >
        <Facts
          facts={[
            { name: 'events are kept', value: <strong>{spanOf(isComing ? until : months)}</strong> },
            {
              name: 'dropped at present',
              value:
                policy.expires_before === null ? (
                  <None>nothing</None>
                ) : (
                  <>
                    what happened before <ExactTime at={policy.expires_before} />, except for events after one
                    that is kept
                  </>
                ),
            },
            {
              name: 'never less than',
              value: `${monthsOf(policy.minimum_months)}; events of tokens and of integrity ${monthsOf(policy.minimum_months_of_tokens)}`,
            },
            {
              name: 'dropped so far',
              value:
                policy.dropped_through_sequence === 0 ? (
                  <None>nothing</None>
                ) : (
                  <>
                    up to event {policy.dropped_through_sequence.toLocaleString('en')}
                    {policy.dropped_at !== null && (
                      <>
                        , <Time at={policy.dropped_at} />
                      </>
                    )}
                  </>
                ),
            },
            {
              name: 'last changed',
              value:
                policy.updated_at === null ? (
                  <None>never</None>
                ) : (
                  <>
                    <Time at={policy.updated_at} />
                    {policy.updated_by !== null && (
                      <>
                        {' '}
                        by <bdi>{policy.updated_by}</bdi>
                      </>
                    )}
                  </>
                ),
            },
          ]}
        />
      </Section>
      {asking !== null && (
        <ChangeDialog
          policy={policy}
          isCancelling={asking === 'cancel'}
          onClose={() => setAsking(null)}
          onChanged={(changed) => {
            cache.setQueryData(queryKey, changed);
            setAsking(null);
            setTold(
              changed.effective_at === null
                ? `Events are kept ${spanOf(changed.months)}.`
                : 'The shorter policy takes effect after its notice. Until then it can be cancelled.',
            );
          }}
        />
      )}
    </>
  );
}

function monthsOf(count: number): string {
  return count === 1 ? '1 month' : `${count} months`;
}
