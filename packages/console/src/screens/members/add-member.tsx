import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { fieldProblems, isOfFields } from '../../api/field-problems';
import { addMember } from '../../api/generated/sdk.gen';
import type { AddMemberDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId } from '../../api/session';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import { RoleChoices } from '../../ui/role-choices';
import { Notice } from '../../ui/states';

export function AddMember({ onClose }: { onClose: () => void }) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [member, setMember] = useState<AddMemberDto>({ email: '', name: '', role: 'developer' });
  const change = (changed: Partial<AddMemberDto>) => setMember({ ...member, ...changed });
  const add = useMutation({
    mutationFn: () =>
      addMember({ client, body: { ...member, email: member.email.trim(), name: member.name.trim() } }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [businessId] });
      onClose();
    },
  });
  const problems = fieldProblems(add.error);
  return (
    <Dialog title="Add a member" isOpen onClose={onClose} isStaying={add.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Field
          label="E-mail"
          type="email"
          description="By this they are known in the log. It cannot be changed later."
          isRequired
          autoFocus
          autoComplete="off"
          maxLength={320}
          value={member.email}
          onChange={(email) => change({ email })}
          error={problems['email']}
        />
        <Field
          label="Name"
          isRequired
          autoComplete="off"
          maxLength={255}
          value={member.name}
          onChange={(name) => change({ name })}
          error={problems['name']}
        />
        <RoleChoices of="member" value={member.role} onChange={(role) => change({ role })} />
        {add.error !== null && !isOfFields(add.error, ['email', 'name', 'role']) && (
          <Notice tone="danger">{sentenceOf(add.error)}</Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose} isDisabled={add.isPending}>
            Cancel
          </Button>
          <Button
            type="submit"
            kind="primary"
            isPending={add.isPending}
            isDisabled={member.email.trim() === '' || member.name.trim() === ''}
          >
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
