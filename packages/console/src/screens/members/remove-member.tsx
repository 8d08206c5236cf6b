import { removeMember } from '../../api/generated/sdk.gen';
import { useApi, useSession } from '../../api/session';
import { tokensInWords, useTokenCount } from '../../api/use-token-count';
import { EndingForm } from '../../ui/ending-form';
import { Notice } from '../../ui/states';
import type { MemberViewProps } from './change-member';

/** Ends a membership, with every token and session of the member. */
export function RemoveMember({ member, ...view }: MemberViewProps) {
  const client = useApi();
  const { person } = useSession();
  const count = useTokenCount({ owner_email: member.email });
  return (
    <EndingForm
      {...view}
      count={count}
      undo="They can be added again. Their tokens stay revoked: for that there is no undo."
      action="Remove"
      end={(reason) => removeMember({ client, path: { member_id: member.id }, body: { reason } })}
      ended="is no member any more"
    >
      <p>
        <bdi className="font-medium">{member.name}</bdi> (<bdi>{member.email}</bdi>) loses{' '}
        <strong className="font-semibold">{tokensInWords(count)}</strong> and every session, everywhere, at
        once.
      </p>
      {person.id === member.id && <Notice tone="warn">This is you: you will be signed out.</Notice>}
    </EndingForm>
  );
}
