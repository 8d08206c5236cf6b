import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { roleAllows, type Role } from '../../api/roles';
import { useScopeCatalogue } from '../../api/scopes';
import { covers, useSession } from '../../api/session';
import { Button } from '../../ui/button';
import { Checkbox, Field, SearchField } from '../../ui/field';
import { Notice } from '../../ui/states';

/** RFC 6749 §3.3 scope-token. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
/** So many are found by looking. */
const FILTERED_FROM = 12;
const PLATFORM_ADMIN = 'rescind:platform:admin';

interface ScopePickerProps {
  /** The role of the future owner; null: not known, the API decides. */
  ownerRole: Role | 'none' | null;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  problem?: string;
}

/** What a token may do: only what whoever issues it may give, and what the role of its owner allows. */
export function ScopePicker({ ownerRole, chosen, onChange, problem }: ScopePickerProps) {
  const { scopes: own } = useSession();
  const { data: catalogue, error } = useScopeCatalogue();
  const given = (catalogue?.product ?? []).filter(({ grantable }) => grantable).map(({ scope }) => scope);
  const isGrantable = (scope: string) =>
    scope !== PLATFORM_ADMIN &&
    covers([...own, ...given], scope) &&
    (ownerRole === null || roleAllows(ownerRole, scope));
  const known = catalogue?.product.map(({ scope }) => scope) ?? [];
  const product = [...new Set([...known, ...chosen.filter((scope) => !scope.startsWith('rescind:'))])]
    .filter(isGrantable)
    .sort();
  const management = (catalogue?.management ?? []).filter(({ scope }) => isGrantable(scope));
  const [text, setText] = useState('');
  const shown = product.filter((scope) => chosen.includes(scope) || scope.includes(text.trim()));
  const refused = chosen.filter((scope) => !isGrantable(scope));
  const toggle = (scope: string) => (isSelected: boolean) =>
    onChange(isSelected ? [...chosen, scope] : chosen.filter((each) => each !== scope));
  return (
    <>
      <fieldset className="flex min-w-0 flex-col gap-2">
        <legend className="mb-1.5 text-sm font-medium">In your product</legend>
        {error !== null && <Notice tone="danger">{sentenceOf(error)}</Notice>}
        {product.length > FILTERED_FROM && (
          <SearchField label="Find a scope" value={text} onChange={setText} />
        )}
        {product.length > 0 && (
          <div className="grid max-h-56 grid-cols-2 gap-x-4 gap-y-1.5 overflow-auto">
            {shown.map((scope) => (
              <Checkbox key={scope} isSelected={chosen.includes(scope)} onChange={toggle(scope)}>
                <span className="font-mono wrap-anywhere">{scope}</span>
              </Checkbox>
            ))}
          </div>
        )}
        {catalogue?.others_exist !== false && (
          <OtherScope
            isGrantable={isGrantable}
            onAdd={(scope) => !chosen.includes(scope) && onChange([...chosen, scope])}
          />
        )}
      </fieldset>
      {management.length > 0 && (
        <fieldset className="flex flex-col gap-2 border-t border-line pt-3">
          <legend className="float-left mb-1.5 w-full text-sm font-medium">In Rescind itself</legend>
          {management.map(({ scope, description }) => (
            <Checkbox key={scope} isSelected={chosen.includes(scope)} onChange={toggle(scope)}>
              {description} <span className="ml-1 font-mono text-xs text-muted">{scope}</span>
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
