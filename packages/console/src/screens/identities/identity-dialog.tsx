import { useMutation } from '@tanstack/react-query';
import { sentenceOf } from '../../api/errors';
import { enableIdentity, getIdentity } from '../../api/generated/sdk.gen';
import type { IdentityDto } from '../../api/generated/types.gen';
import { reachesUpTo } from '../../api/roles';
import { useApi, useBusinessId, useMay, useSession } from '../../api/session';
import { tokensInWords, useTokenCount } from '../../api/use-token-count';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { ItemDialog } from '../../ui/item-dialog';
import { LinkButton } from '../../ui/link';
import { Facts, None } from '../../ui/page';
import { RoleBadge } from '../../ui/role-badge';
import { Notice } from '../../ui/states';
import { ExactTime } from '../../ui/time';
import { DisableIdentity } from './disable-identity';
import { ChangeIdentity } from './identity-form';

type View = 'change' | 'disable';
const TITLES = {
  facts: 'Machine identity',
  change: 'Change the identity',
  disable: 'Disable the identity',
};

/** One machine identity: what is known of it, and what can be done. */
export function IdentityDialog({ identityId, onClose }: { identityId: string; onClose: () => void }) {
  const client = useApi();
  return (
    <ItemDialog<IdentityDto, View>
      titles={TITLES}
      queryKey={['identities', 'one', identityId]}
      read={(signal) => getIdentity({ client, path: { identity_id: identityId }, signal })}
      label="Reading the identity"
      onClose={onClose}
    >
      {({ item, view, onView, onChanged, props }) => {
        if (view === 'change') return <ChangeIdentity identity={item} {...props} />;
        if (view === 'disable') return <DisableIdentity identity={item} {...props} />;
        return <IdentityFacts identity={item} onView={onView} onChanged={onChanged} />;
      }}
    </ItemDialog>
  );
}

function IdentityFacts({
  identity,
  onView,
  onChanged,
}: {
  identity: IdentityDto;
  onView: (view: View) => void;
  onChanged: () => void;
}) {
  const client = useApi();
  const businessId = useBusinessId() ?? '';
  const { role } = useSession();
  const mayChange = useMay()('rescind:members:write') && reachesUpTo(role, identity.role);
  const count = useTokenCount({ identity_id: identity.id });
  const isActive = identity.status === 'active';
  const enable = useMutation({
    mutationFn: () => enableIdentity({ client, path: { identity_id: identity.id } }),
    onSuccess: onChanged,
  });
  return (
    <>
      <Facts
        facts={[
          { name: 'Name', value: <bdi>{identity.name}</bdi> },
          {
            name: 'Description',
            value:
              identity.description === null || identity.description === '' ? (
                <None />
              ) : (
                <bdi>{identity.description}</bdi>
              ),
          },
          { name: 'Role', value: <RoleBadge role={identity.role} /> },
          {
            name: 'Status',
            value: <Badge tone={isActive ? 'good' : 'danger'}>{identity.status}</Badge>,
          },
          { name: 'Created', value: <ExactTime at={identity.created_at} /> },
          { name: 'Id', value: <span className="font-mono text-xs">{identity.id}</span> },
        ]}
      />
      {mayChange && !isActive && (
        <p className="text-sm text-muted">
          Once it is enabled, new tokens can be issued to it. Those that were revoked stay revoked.
        </p>
      )}
      {enable.error !== null && <Notice tone="danger">{sentenceOf(enable.error)}</Notice>}
      <div className="flex flex-wrap justify-end gap-2">
        <LinkButton
          className="mr-auto"
          to="/b/$businessId/tokens"
          params={{ businessId }}
          search={{ identity_id: identity.id } as never}
        >
          {count === null ? 'Its tokens' : `Its ${tokensInWords(count)}`}
        </LinkButton>
        {mayChange && <Button onPress={() => onView('change')}>Change</Button>}
        {mayChange && isActive && (
          <Button kind="danger" onPress={() => onView('disable')}>
            Disable
          </Button>
        )}
        {mayChange && !isActive && (
          <Button kind="primary" isPending={enable.isPending} onPress={() => enable.mutate()}>
            Enable
          </Button>
        )}
      </div>
    </>
  );
}
