import type { AuditActorDto } from '../../api/generated/types.gen';
import { None } from '../../ui/page';

/** Who did it, as far as the log knows. */
export function Actor({ actor: { email, id, kind } }: { actor: AuditActorDto }) {
  if (kind === 'anonymous' || kind === 'system') return <None>{kind}</None>;
  if (email !== null) return <bdi title={`${kind} ${email}`}>{email}</bdi>;
  if (id === null) return <span>{kind}</span>;
  return (
    <span title={id}>
      {kind} <code className="font-mono text-xs">{id.slice(-8)}</code>
    </span>
  );
}
