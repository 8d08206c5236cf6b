import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listTokens } from '../../api/generated/sdk.gen';
import { MANAGEMENT_SCOPES, roleAllows, managesAllTokens, type Role } from '../../api/roles';
import { covers, useApi, useBusinessId, useSession } from '../../api/session';
import { Button } from '../../ui/button';
import { Checkbox, Field } from '../../ui/field';
import { Notice } from '../../ui/states';

/** RFC 6749 §3.3 scope-token. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const TOKENS_READ = 200;
const PLATFORM_ADMIN = 'rescind:platform:admin';

export interface ScopePickerProps {
  /** The role of the future owner; null: not known, the API decides. */
  ownerRole: Role | 'none' | null;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  problem?: string;
}

/** What a token may do: only what whoever issues it may do as well, and what the role of its owner allows. */
export function ScopePicker({ ownerRole, chosen, onChange, problem }: ScopePickerProps) {
  const { scopes: own } = useSession();
  const isGrantable = (scope: string) =>
    scope !== PLATFORM_ADMIN && covers(own, scope) && (ownerRole === null || roleAllows(ownerRole, scope));
  const known = useProductScopes();
  const product = [...new Set([...known, ...chosen.filter((scope) => !scope.startsWith('rescind:'))])]
    .filter(isGrantable)
    .sort();
  const management = MANAGEMENT_SCOPES.filter(({ scope }) => isGrantable(scope));
  const refused = chosen.filter((scope) => !isGrantable(scope));
  const toggle = (scope: string) => (isSelected: boolean) =>
    onChange(isSelected ? [...chosen, scope] : chosen.filter((each) => each !== scope));
  return (
    <>
      <fieldset className="flex min-w-0 flex-col gap-2">
        <legend className="mb-1.5 text-sm font-medium">In your product</legend>
        {product.length > 0 && (
          <div className="grid max-h-56 grid-cols-2 gap-x-4 gap-y-1.5 overflow-auto">
            {product.map((scope) => (
              <Checkbox key={scope} isSelected={chosen.includes(scope)} onChange={toggle(scope)}>
                <span className="font-mono wrap-anywhere">{scope}</span>
              </Checkbox>
            ))}
          </div>
        )}
        <OtherScope
          isGrantable={isGrantable}
          onAdd={(scope) => !chosen.includes(scope) && onChange([...chosen, scope])}
        />
      </fieldset>
      {management.length > 0 && (
        <fieldset className="flex flex-col gap-2 border-t border-line pt-3">
          <legend className="float-left mb-1.5 w-full text-sm font-medium">In Rescind itself</legend>
          {management.map(({ scope, says }) => (
            <Checkbox key={scope} isSelected={chosen.includes(scope)} onChange={toggle(scope)}>
              {says} <span className="ml-1 font-mono text-xs text-muted">{scope}</span>
            </Checkbox>
          ))}
        </fieldset>
      )}
      {chosen.includes('rescind:business:admin') && (
        <Notice tone="warn">Whoever has this token may do everything in the business.</Notice>
      )}
      {refused.length > 0 && (
        <Notice
          tone="warn"
          action={
            <Button onPress={() => onChange(chosen.filter((scope) => !refused.includes(scope)))}>
              Remove
            </Button>
          }
        >
          The owner’s role does not allow {refused.join(', ')}.
        </Notice>
      )}
      {problem !== undefined && <Notice tone="danger">{problem}</Notice>}
      <p role="status" className="text-xs text-muted">
        {chosen.length === 0
          ? 'Without a scope it proves whose it is, and may do nothing.'
          : `${chosen.length} scope${chosen.length === 1 ? '' : 's'} chosen.`}
      </p>
    </>
  );
}

function OtherScope({
  isGrantable,
  onAdd,
}: {
  isGrantable: (scope: string) => boolean;
  onAdd: (scope: string) => void;
}) {
  const [text, setText] = useState('');
  const scope = text.trim();
  const problem =
    scope === ''
      ? undefined
      : !SCOPE_TOKEN.test(scope)
        ? 'Letters, digits and signs, without spaces and quotes'
        : isGrantable(scope)
          ? undefined
          : 'You may not grant this: you lack it yourself, or the owner’s role does not allow it';
  const add = () => {
    if (scope === '' || problem !== undefined) return;
    onAdd(scope);
    setText('');
  };
  return (
    <div className="flex items-start gap-2">
      <Field
        label="Another scope"
        placeholder="jobs:read"
        mono
        autoComplete="off"
        className="grow"
        value={text}
        onChange={setText}
        error={problem}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          add();
        }}
      />
      <Button className="mt-6" icon="plus" onPress={add} isDisabled={scope === '' || problem !== undefined}>
        Add
      </Button>
    </div>
  );
}

/** Scopes of the product that are known here: the caller's own, and those of the latest tokens that they may read. */
function useProductScopes(): readonly string[] {
  const client = useApi();
  const businessId = useBusinessId();
  const { role, scopes: own } = useSession();
  const { data } = useQuery({
    queryKey: [businessId, 'tokens', 'scopes'],
    queryFn: async ({ signal }) => {
      const owner = managesAllTokens(role) ? { owner_email: '*' } : {};
      const { items } = await listTokens({ client, query: { ...owner, limit: TOKENS_READ }, signal });
      return [...new Set(items.flatMap(({ scopes }) => scopes))];
    },
  });
  return [...own, ...(data ?? [])].filter((scope) => !scope.startsWith('rescind:'));
}
