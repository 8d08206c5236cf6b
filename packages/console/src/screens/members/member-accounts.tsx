import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { listMemberAccounts } from '../../api/generated/sdk.gen';
import type { MemberAccountDto, MemberDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId } from '../../api/session';
import { Button } from '../../ui/button';
import { QueryView } from '../../ui/query-view';
import { ExactTime } from '../../ui/time';

/** What a member signs in with. @param onUnlink null: the reader may not take an account away */
export function MemberAccounts({
  member,
  onUnlink,
}: {
  member: MemberDto;
  onUnlink: ((account: MemberAccountDto) => void) | null;
}) {
  const client = useApi();
  const businessId = useBusinessId();
  const title = useId();
  const query = useQuery({
    queryKey: [businessId, 'members', 'accounts', member.id],
    queryFn: ({ signal }) => listMemberAccounts({ client, path: { member_id: member.id }, signal }),
  });
  return (
    <section aria-labelledby={title} className="flex flex-col gap-2 border-t border-line pt-3">
      <h3 id={title} className="text-sm font-semibold">
        Linked accounts
      </h3>
      <QueryView query={query} label="Reading the accounts">
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-sm text-muted">None: they sign in with a token.</p>
          ) : (
            <ul aria-labelledby={title} className="flex flex-col divide-y divide-line text-sm">
              {items.map((account) => (
                <li key={account.id} className="flex items-center justify-between gap-4 py-2">
                  <div className="flex min-w-0 flex-col wrap-anywhere">
                    <bdi className="font-medium">{account.subject}</bdi>
                    <span>
                      at <bdi>{account.issuer}</bdi>
                    </span>
                    <span className="text-muted">
                      linked <ExactTime at={account.linked_at} />
                      {!account.confirmed && ', not confirmed: the provider has not said that it is theirs'}
                    </span>
                  </div>
                  {onUnlink !== null && (
                    <Button aria-label={`Unlink… ${account.subject}`} onPress={() => onUnlink(account)}>
                      Unlink…
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </section>
  );
}
