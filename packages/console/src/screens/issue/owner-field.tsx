import { useIdentities, useMembers } from '../../api/people';
import { managesAllTokens, reachesUpTo } from '../../api/roles';
import { useSession } from '../../api/session';
import { Combo } from '../../ui/combo';
import { Choices, FieldProblem } from '../../ui/field';
import { Select } from '../../ui/select';
import { Notice } from '../../ui/states';
import type { OwnerDraft } from './draft';

/** For whom a token is: oneself, and for those who manage all tokens also anybody whose role is no higher. */
export function OwnerField({
  owner,
  onChange,
  problem,
}: {
  owner: OwnerDraft;
  onChange: (owner: OwnerDraft) => void;
  problem?: string;
}) {
  const { role, person } = useSession();
  const mayChoose = managesAllTokens(role);
  const members = useMembers(mayChoose).filter((member) => reachesUpTo(role, member.role));
  const identities = useIdentities(mayChoose).filter(
    (identity) => identity.status === 'active' && reachesUpTo(role, identity.role),
  );
  if (!mayChoose) return null;
  const choose = (kind: OwnerDraft['kind']) =>
    onChange(
      kind === 'member'
        ? { kind, email: '' }
        : kind === 'identity'
          ? { kind, id: identities[0]?.id ?? '' }
          : { kind },
    );
  return (
    <>
      <Choices
        label="Owner"
        value={owner.kind}
        onChange={choose}
        choices={[
          person.kind === 'platform'
            ? {
                value: 'self',
                label: 'Nobody in particular',
                description: 'It belongs to the business itself',
              }
            : { value: 'self', label: 'You', description: person.email ?? person.name },
          { value: 'member', label: 'A member' },
          { value: 'identity', label: 'A machine identity' },
        ]}
      />
      {owner.kind === 'member' && (
        <Combo
          label="Member"
          placeholder="ada@example.com"
          description="It ends with their membership, and may do no more than their role allows."
          options={members.map(({ email, name, role: theirs }) => ({
            value: email,
            label: email,
            description: `${name}, ${theirs}`,
          }))}
          value={owner.email}
          onChange={(email) => onChange({ kind: 'member', email })}
          error={problem}
        />
      )}
      {owner.kind === 'identity' &&
        (identities.length === 0 ? (
          <Notice>There is no machine identity yet that is enabled and that you may issue tokens to.</Notice>
        ) : (
          <>
            <Select
              label="Machine identity"
              description="It ends when the identity is disabled."
              options={identities.map(({ id, name, role: theirs }) => ({
                value: id,
                label: name,
                description: theirs,
              }))}
              value={owner.id}
              onChange={(id) => onChange({ kind: 'identity', id })}
            />
            {problem !== undefined && <FieldProblem>{problem}</FieldProblem>}
          </>
        ))}
    </>
  );
}
