import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { fieldProblems, isOfFields } from '../../api/field-problems';
import { changeToken } from '../../api/generated/sdk.gen';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { useApi } from '../../api/session';
import { addressesFrom } from '../../ui/address-list';
import { AddressesField } from '../../ui/addresses-field';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import { metadataFrom } from '../../ui/metadata';
import { MetadataField } from '../../ui/metadata-field';
import { Notice } from '../../ui/states';

const FIELDS = ['name', 'description', 'external_id', 'metadata', 'trusted_ips'];

/** Changes what a token says of itself, and from where it may be used. What it may do stays as it was issued. */
export function EditToken({ token, onClose }: { token: TokenInfoDto; onClose: () => void }) {
  const client = useApi();
  const [name, setName] = useState(token.name ?? '');
  const [description, setDescription] = useState(token.description ?? '');
  const [externalId, setExternalId] = useState(token.external_id ?? '');
  const [metadata, setMetadata] = useState(
    token.metadata === null ? '' : JSON.stringify(token.metadata, null, 2),
  );
  const before = token.trusted_ips?.join('\n') ?? '';
  const [addresses, setAddresses] = useState(before);
  const typed = metadataFrom(metadata);
  const save = useMutation({
    mutationFn: () =>
      changeToken({
        client,
        path: { token_id: token.id },
        body: {
          name: name.trim(),
          description: orNull(description),
          external_id: orNull(externalId),
          metadata: typeof typed === 'string' ? undefined : typed,
          ...(addresses !== before && { trusted_ips: addressesFrom(addresses) }),
        },
      }),
    onSuccess: onClose,
  });
  const problems = fieldProblems(save.error);
  return (
    <Dialog title="Edit the token" isOpen onClose={onClose} isStaying={save.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (typeof typed !== 'string') save.mutate();
        }}
      >
        <Field
          label="Name"
          isRequired
          autoFocus
          maxLength={255}
          autoComplete="off"
          value={name}
          onChange={setName}
          error={problems['name']}
        />
        <Field
          label="Description"
          rows={2}
          maxLength={1024}
          value={description}
          onChange={setDescription}
          error={problems['description']}
        />
        <Field
          label="External id"
          description="Your product’s own id for whom or what it is for. Part of verdicts."
          maxLength={255}
          autoComplete="off"
          value={externalId}
          onChange={setExternalId}
          error={problems['external_id']}
        />
        <MetadataField value={metadata} onChange={setMetadata} error={problems['metadata']} />
        <AddressesField value={addresses} onChange={setAddresses} error={problems['trusted_ips']} />
        {save.error !== null && !isOfFields(save.error, FIELDS) && (
          <Notice tone="danger">{sentenceOf(save.error)}</Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose} isDisabled={save.isPending}>
            Cancel
          </Button>
          <Button
            type="submit"
            kind="primary"
            isPending={save.isPending}
            isDisabled={name.trim() === '' || typeof typed === 'string'}
          >
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
