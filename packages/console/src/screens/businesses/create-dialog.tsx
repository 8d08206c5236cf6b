import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { clientOf } from '../../api/client';
import { sentenceOf } from '../../api/errors';
import { createBusiness } from '../../api/generated/sdk.gen';
import type { BusinessDto } from '../../api/generated/types.gen';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import { Notice } from '../../ui/states';

interface CreateDialogProps {
  onClose: () => void;
  onCreated: (business: BusinessDto) => void;
}

export function CreateDialog({ onClose, onCreated }: CreateDialogProps) {
  const [name, setName] = useState('');
  const [slug, setSlug] = useState('');
  const [prefix, setPrefix] = useState('');
  const create = useMutation({
    mutationFn: () =>
      createBusiness({
        client: clientOf(null),
        body: {
          name: name.trim(),
          ...(slug.trim() !== '' && { slug: slug.trim() }),
          ...(prefix.trim() !== '' && { token_prefix: prefix.trim() }),
        },
      }),
    onSuccess: onCreated,
  });
  return (
    <Dialog title="Create a business" isOpen onClose={onClose} isStaying={create.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') create.mutate();
        }}
      >
        <Field label="Name" value={name} onChange={setName} maxLength={255} isRequired autoFocus />
        <Field
          label="Short name"
          description="For addresses: small letters, digits and hyphens. Made from the name if empty."
          value={slug}
          onChange={setSlug}
          maxLength={63}
          mono
        />
        <Field
          label="Prefix of its tokens"
          description="2 to 12 small letters and digits, beginning with a letter. dz if empty."
          value={prefix}
          onChange={setPrefix}
          maxLength={12}
          mono
        />
        {create.error !== null && <Notice tone="danger">{sentenceOf(create.error)}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose} isDisabled={create.isPending}>
            Cancel
          </Button>
          <Button type="submit" kind="primary" isPending={create.isPending} isDisabled={name.trim() === ''}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
