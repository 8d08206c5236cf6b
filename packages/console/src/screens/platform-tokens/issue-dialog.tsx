import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { clientOf } from '../../api/client';
import { sentenceOf } from '../../api/errors';
import { issuePlatformToken } from '../../api/generated/sdk.gen';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import { Secret } from '../../ui/secret';
import { Select } from '../../ui/select';
import { Notice } from '../../ui/states';

const LIFETIMES = [
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '365 days' },
  { value: 'never', label: 'Never', description: 'Somebody has to remember to revoke it' },
] as const;
type Lifetime = (typeof LIFETIMES)[number]['value'];

const SCOPES = [
  { value: 'rescind:platform:admin', label: 'Everything', description: 'In every business' },
  {
    value: 'rescind:tokens:verify',
    label: 'Verify tokens',
    description: 'Those of every business, and nothing else: for a back end',
  },
] as const;
type Scope = (typeof SCOPES)[number]['value'];

/** The secret is in the state of this dialog, and gone when it closes. */
export function IssueDialog({ onClose, onIssued }: { onClose: () => void; onIssued: () => void }) {
  const [name, setName] = useState('');
  const [holder, setHolder] = useState('');
  const [scope, setScope] = useState<Scope>('rescind:platform:admin');
  const [lifetime, setLifetime] = useState<Lifetime>('90');
  const [isKept, setKept] = useState(false);
  const issue = useMutation({
    mutationFn: () =>
      issuePlatformToken({
        client: clientOf(null),
        body: {
          name: name.trim(),
          scopes: [scope],
          issued_to: holder.trim() === '' ? null : holder.trim(),
          expires_in_days: lifetime === 'never' ? null : Number(lifetime),
        },
      }),
    onSuccess: onIssued,
  });
  if (issue.data !== undefined)
    return (
      <Dialog
        title="The platform token is issued"
        isOpen
        onClose={onClose}
        isStaying={!isKept}
        footer={
          <Button kind="primary" isDisabled={!isKept} onPress={onClose}>
            Done
          </Button>
        }
      >
        <Secret value={issue.data.token} label="The platform token" onKept={() => setKept(true)} />
      </Dialog>
    );
  return (
    <Dialog title="Issue a platform token" isOpen onClose={onClose} isStaying={issue.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') issue.mutate();
        }}
      >
        <Notice tone="warn">
          {scope === 'rescind:platform:admin' && 'It may do everything in every business. '}
          It expires with the token or session that issues it.
        </Notice>
        <Field label="Name" value={name} onChange={setName} maxLength={255} isRequired autoFocus />
        <Field
          label="Who will hold it"
          description="By name or e-mail. What it does is recorded under that; it cannot be changed later."
          value={holder}
          onChange={setHolder}
          maxLength={320}
        />
        <Select label="May do" options={SCOPES} value={scope} onChange={setScope} />
        <Select label="Expires after" options={LIFETIMES} value={lifetime} onChange={setLifetime} />
        {issue.error !== null && <Notice tone="danger">{sentenceOf(issue.error)}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose} isDisabled={issue.isPending}>
            Cancel
          </Button>
          <Button type="submit" kind="primary" isPending={issue.isPending} isDisabled={name.trim() === ''}>
            Issue
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
