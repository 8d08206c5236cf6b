import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { clientOf } from '../../api/client';
import { sentenceOf } from '../../api/errors';
import { resumeBusiness, suspendBusiness } from '../../api/generated/sdk.gen';
import type { BusinessDto } from '../../api/generated/types.gen';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Confirm } from '../../ui/confirm';
import { Dialog } from '../../ui/dialog';
import { LinkButton } from '../../ui/link';
import { Facts, None } from '../../ui/page';
import { ReasonDialog } from '../../ui/reason-dialog';
import { ExactTime } from '../../ui/time';

interface BusinessDialogProps {
  business: BusinessDto;
  onClose: () => void;
  onChanged: (business: BusinessDto) => void;
}

export function BusinessDialog({ business, onClose, onChanged }: BusinessDialogProps) {
  const client = clientOf(null);
  const path = { business_id: business.id };
  const [asking, setAsking] = useState<'suspend' | 'resume' | null>(null);
  const onSuccess = (changed: BusinessDto) => {
    setAsking(null);
    onChanged(changed);
  };
  const suspend = useMutation({
    mutationFn: (reason: string | null) => suspendBusiness({ client, path, body: { reason } }),
    onSuccess,
  });
  const resume = useMutation({ mutationFn: () => resumeBusiness({ client, path }), onSuccess });
  const name = <bdi className="font-medium">{business.name}</bdi>;
  if (asking === 'suspend')
    return (
      <ReasonDialog
        title="Suspend a business"
        isOpen
        onClose={() => setAsking(null)}
        action="Suspend it"
        undo="It can be undone: resuming makes the same tokens good again."
        isPending={suspend.isPending}
        error={suspend.error === null ? null : sentenceOf(suspend.error)}
        onConfirm={(reason) => suspend.mutate(reason)}
      >
        <p>
          Every token of {name} will be refused everywhere at once, and so will its people, until it is
          resumed.
        </p>
      </ReasonDialog>
    );
  if (asking === 'resume')
    return (
      <Confirm
        title="Resume a business"
        isOpen
        onClose={() => setAsking(null)}
        action="Resume it"
        undo="It can be suspended again at any time."
        isDangerous={false}
        isPending={resume.isPending}
        error={resume.error === null ? null : sentenceOf(resume.error)}
        onConfirm={() => resume.mutate()}
      >
        <p>The tokens of {name} that are neither revoked nor expired will be good again.</p>
      </Confirm>
    );
  const isActive = business.status === 'active';
  return (
    <Dialog
      title={<bdi>{business.name}</bdi>}
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button
            icon={isActive ? 'forbidden' : 'check'}
            onPress={() => setAsking(isActive ? 'suspend' : 'resume')}
          >
            {isActive ? 'Suspend…' : 'Resume…'}
          </Button>
          <LinkButton to="/b/$businessId/overview" params={{ businessId: business.id }} kind="primary">
            Open it
          </LinkButton>
        </>
      }
    >
      <Facts
        facts={[
          { name: 'status', value: <Badge tone={isActive ? 'good' : 'warn'}>{business.status}</Badge> },
          { name: 'short name', value: <code className="font-mono text-xs">{business.slug}</code> },
          {
            name: 'prefix of tokens',
            value: <code className="font-mono text-xs">{business.token_prefix}</code>,
          },
          {
            name: 'lifetime of tokens',
            value:
              business.token_lifetime_days_max === null ? (
                <None>any</None>
              ) : (
                `at most ${business.token_lifetime_days_max} days`
              ),
          },
          { name: 'expiry', value: business.token_expiry_required ? 'required' : 'not required' },
          {
            name: 'unused tokens',
            value:
              business.token_unused_days_max === null
                ? 'stay'
                : `are revoked after ${business.token_unused_days_max} days`,
          },
          {
            name: 'leaked tokens',
            value: business.leak_policy === 'revoke' ? 'are revoked' : 'are reported',
          },
          {
            name: 'second person',
            value:
              business.approval_above === null ? (
                <None>never needed</None>
              ) : (
                `for more than ${business.approval_above} revocations a day`
              ),
          },
          { name: 'created', value: <ExactTime at={business.created_at} /> },
          { name: 'id', value: <code className="font-mono text-xs">{business.id}</code> },
        ]}
      />
    </Dialog>
  );
}
