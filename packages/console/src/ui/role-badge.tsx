import { Badge } from './badge';

/** A role, so that those who may do the most are seen. */
export function RoleBadge({ role }: { role: string }) {
  return <Badge tone={role === 'owner' || role === 'admin' ? 'accent' : 'neutral'}>{role}</Badge>;
}
