import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { enableIdentity, getIdentity } from '../../api/generated/sdk.gen';
import type { IdentityDto } from '../../api/generated/types.gen';
import { reachesUpTo } from '../../api/roles';
import { useApi, useBusinessId, useMay, useSession } from '../../api/session';
import { tokensInWords, useTokenCount } from '../../api/use-token-count';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { LinkButton } from '../../ui/link';
import { Facts, None } from '../../ui/page';
import { QueryView } from '../../ui/query-view';
import { RoleBadge } from '../../ui/role-badge';
import { Notice } from '../../ui/states';
import { ExactTime } from '../../ui/time';
import { DisableIdentity } from './disable-identity';
import { ChangeIdentity } from './identity-form';

type View = 'facts' | 'change' | 'disable';
const TITLES: Record<View, string> = {
  facts: 'Machine identity',
  change: 'Change the identity',
  disable: 'Disable the identity',
};

/** One machine identity: what is known of it, and what can be done. */
export function IdentityDialog({ identityId, onClose }: { identityId: string; onClose: () => void }) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [view, setView] = useState<View>('facts');
  const [isBusy, setBusy] = useState(false);
  const query = useQuery({
    queryKey: [businessId, 'identities', 'one', identityId],
    queryFn: ({ signal }) => getIdentity({ client, path: { identity_id: identityId }, signal }),
  });
  const changed = () => void queries.invalidateQueries({ queryKey: [businessId] });
  const done = () => {
    changed();
    onClose();
  };
  const back = () => setView('facts');
  return (
    <Dialog title={TITLES[view]} isOpen onClose={onClose} isStaying={isBusy}>
      <QueryView query={query} label="Reading the identity">
        {(identity) =>
          view === 'change' ? (
            <ChangeIdentity identity={identity} onBack={back} onDone={done} onBusy={setBusy} />
          ) : view === 'disable' ? (
            <DisableIdentity identity={identity} onBack={back} onDone={done} onBusy={setBusy} />
          ) : (
            <IdentityFacts identity={identity} onView={setView} onChanged={changed} />
          )
        }
      </QueryView>
    </Dialog>
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
