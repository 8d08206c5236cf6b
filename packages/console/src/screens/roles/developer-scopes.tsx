import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { fieldProblems } from '../../api/field-problems';
import { setDeveloperScopes } from '../../api/generated/sdk.gen';
import { useScopeCatalogue } from '../../api/scopes';
import { useApi, useBusinessId, useMay } from '../../api/session';
import { Scope } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/field';
import { None, Section } from '../../ui/page';
import { QueryView } from '../../ui/query-view';
import { Notice } from '../../ui/states';

/** Which scopes of the product developers may give who have signed in without a token. For whoever issues tokens. */
export function DeveloperScopes() {
  const may = useMay();
  const catalogue = useScopeCatalogue();
  const [isChanging, setChanging] = useState(false);
  return (
    <Section title="What developers may give">
      <p className="text-sm text-muted">
        A developer who signs in at a provider has no scope of your product. These they may give to their
        tokens all the same.
      </p>
      <QueryView query={catalogue} label="Reading the scopes">
        {({ developer_scopes: scopes }) => (
          <>
            {scopes.length === 0 ? (
              <None />
            ) : (
              <ul className="flex flex-wrap gap-1">
                {scopes.map((scope) => (
                  <li key={scope} className="min-w-0">
                    <Scope>{scope}</Scope>
                  </li>
                ))}
              </ul>
            )}
            {may('rescind:business:admin') && (
              <div>
                <Button onPress={() => setChanging(true)}>Change</Button>
              </div>
            )}
            {isChanging && <ChangeScopes scopes={scopes} onClose={() => setChanging(false)} />}
          </>
        )}
      </QueryView>
    </Section>
  );
}

function ChangeScopes({ scopes, onClose }: { scopes: readonly string[]; onClose: () => void }) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [text, setText] = useState(scopes.join('\n'));
  const save = useMutation({
    mutationFn: () =>
      setDeveloperScopes({
        client,
        body: { scopes: text.split(/\s+/).filter((each) => each !== '') },
      }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [businessId, 'scopes'] });
      onClose();
    },
  });
  const problem = fieldProblems(save.error)['scopes'];
  return (
    <Dialog title="What developers may give" isOpen onClose={onClose} isStaying={save.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field
          label="Scopes of your product"
          description="One a line. It holds at once; tokens that there are keep their scopes."
          placeholder={'orders:read\njobs:run'}
          rows={6}
          mono
          autoFocus
          autoComplete="off"
          value={text}
          onChange={setText}
          error={problem}
        />
        {save.error !== null && problem === undefined && (
          <Notice tone="danger">{sentenceOf(save.error)}</Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose} isDisabled={save.isPending}>
            Cancel
          </Button>
          <Button type="submit" kind="primary" isPending={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
