import { useState } from 'react';
import { getMember } from '../../api/generated/sdk.gen';
import type { MemberAccountDto, MemberDto } from '../../api/generated/types.gen';
import { reachesUpTo } from '../../api/roles';
import { useApi, useBusinessId, useMay, useSession } from '../../api/session';
import { tokensInWords, useTokenCount } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { ItemDialog } from '../../ui/item-dialog';
import { LinkButton } from '../../ui/link';
import { Facts } from '../../ui/page';
import { RoleBadge } from '../../ui/role-badge';
import { ExactTime } from '../../ui/time';
import { ChangeMember } from './change-member';
import { MemberAccounts } from './member-accounts';
import { RemoveMember } from './remove-member';
import { UnlinkAccount } from './unlink-account';

type View = 'change' | 'remove' | 'unlink';
const TITLES = {
  facts: 'Member',
  change: 'Change the member',
  remove: 'Remove the member',
  unlink: 'Unlink the account',
};

/** One member: what is known of them, and what can be done. */
export function MemberDialog({ memberId, onClose }: { memberId: string; onClose: () => void }) {
  const client = useApi();
  const [account, setAccount] = useState<MemberAccountDto | null>(null);
  return (
    <ItemDialog<MemberDto, View>
      titles={TITLES}
      queryKey={['members', 'one', memberId]}
      read={(signal) => getMember({ client, path: { member_id: memberId }, signal })}
      label="Reading the member"
      onClose={onClose}
    >
      {({ item, view, onView, props }) => {
        if (view === 'change') return <ChangeMember member={item} {...props} />;
        if (view === 'remove') return <RemoveMember member={item} {...props} />;
        if (view === 'unlink' && account !== null)
          return <UnlinkAccount member={item} account={account} {...props} />;
        const onUnlink = (meant: MemberAccountDto) => {
          setAccount(meant);
          onView('unlink');
        };
        return <MemberFacts member={item} onView={onView} onUnlink={onUnlink} />;
      }}
    </ItemDialog>
  );
}

function MemberFacts({
  member,
  onView,
  onUnlink,
}: {
  member: MemberDto;
  onView: (view: View) => void;
  onUnlink: (account: MemberAccountDto) => void;
}) {
  const businessId = useBusinessId() ?? '';
  const { role } = useSession();
  const mayChange = useMay()('rescind:members:write') && reachesUpTo(role, member.role);
  const count = useTokenCount({ owner_email: member.email });
  return (
    <>
      <Facts
        facts={[
          { name: 'Name', value: <bdi>{member.name}</bdi> },
          { name: 'E-mail', value: <bdi>{member.email}</bdi> },
          { name: 'Role', value: <RoleBadge role={member.role} /> },
          { name: 'Member since', value: <ExactTime at={member.created_at} /> },
          { name: 'Id', value: <span className="font-mono text-xs">{member.id}</span> },
        ]}
      />
      <MemberAccounts member={member} onUnlink={mayChange ? onUnlink : null} />
      <div className="flex flex-wrap justify-end gap-2">
        <LinkButton
          className="mr-auto"
          to="/b/$businessId/tokens"
          params={{ businessId }}
          search={{ owner_email: member.email } as never}
        >
          {count === null ? 'Their tokens' : `Their ${tokensInWords(count)}`}
        </LinkButton>
        {mayChange && <Button onPress={() => onView('change')}>Change</Button>}
        {mayChange && (
          <Button kind="danger" onPress={() => onView('remove')}>
            Remove
          </Button>
        )}
      </div>
    </>
  );
}
