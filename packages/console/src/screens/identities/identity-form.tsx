import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { fieldProblems, isOfFields } from '../../api/field-problems';
import { changeIdentity, createIdentity } from '../../api/generated/sdk.gen';
import type { IdentityDto } from '../../api/generated/types.gen';
import type { Role } from '../../api/roles';
import { useApi, useBusinessId } from '../../api/session';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import type { ItemViewProps } from '../../ui/item-dialog';
import { RoleChoices } from '../../ui/role-choices';
import { Notice } from '../../ui/states';

export interface IdentityViewProps extends ItemViewProps {
  identity: IdentityDto;
}

interface Draft {
  name: string;
  description: string;
  role: Role;
}

export function CreateIdentity({ onClose }: { onClose: () => void }) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ name: '', description: '', role: 'developer' });
  const create = useMutation({
    mutationFn: () => createIdentity({ client, body: bodyOf(draft) }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [businessId] });
      onClose();
    },
  });
  return (
    <Dialog title="Create an identity" isOpen onClose={onClose} isStaying={create.isPending}>
      <IdentityForm
        draft={draft}
        onChange={setDraft}
        error={create.error}
        isPending={create.isPending}
        action="Create"
        onSubmit={() => create.mutate()}
        onBack={onClose}
      />
    </Dialog>
  );
}

/** Changes name, description or role. A smaller role limits every token of the identity at once. */
export function ChangeIdentity({ identity, onBack, onDone, onBusy }: IdentityViewProps) {
  const client = useApi();
  const { id, name, description, role } = identity;
  const [draft, setDraft] = useState<Draft>({ name, description: description ?? '', role });
  const change = useMutation({
    mutationFn: () => changeIdentity({ client, path: { identity_id: id }, body: bodyOf(draft) }),
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onSuccess: onDone,
  });
  return (
    <IdentityForm
      draft={draft}
      onChange={setDraft}
      error={change.error}
      isPending={change.isPending}
      action="Save"
      warning={
        draft.role === role
          ? undefined
          : `Every token of it may do what ${draft.role} may, on every verifier, once this has been saved. It can be changed back at any time.`
      }
      onSubmit={() => change.mutate()}
      onBack={onBack}
    />
  );
}

function bodyOf({ name, description, role }: Draft) {
  return { name: name.trim(), description: description.trim() === '' ? null : description.trim(), role };
}

function IdentityForm({
  draft,
  onChange,
  error,
  isPending,
  action,
  warning,
  onSubmit,
  onBack,
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  error: unknown;
  isPending: boolean;
  action: string;
  warning?: string;
  onSubmit: () => void;
  onBack: () => void;
}) {
  const problems = fieldProblems(error);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Field
        label="Name"
        placeholder="deploy pipeline"
        isRequired
        autoFocus
        autoComplete="off"
        maxLength={255}
        value={draft.name}
        onChange={(name) => onChange({ ...draft, name })}
        error={problems['name']}
      />
      <Field
        label="Description"
        rows={2}
        maxLength={1024}
        value={draft.description}
        onChange={(description) => onChange({ ...draft, description })}
        error={problems['description']}
      />
      <RoleChoices of="identity" value={draft.role} onChange={(role) => onChange({ ...draft, role })} />
      {warning !== undefined && <Notice tone="warn">{warning}</Notice>}
      {error !== null && !isOfFields(error, ['name', 'description']) && (
        <Notice tone="danger">{sentenceOf(error)}</Notice>
      )}
      <div className="flex justify-end gap-2">
        <Button onPress={onBack} isDisabled={isPending}>
          Cancel
        </Button>
        <Button type="submit" kind="primary" isPending={isPending} isDisabled={draft.name.trim() === ''}>
          {action}
        </Button>
      </div>
    </form>
  );
}
