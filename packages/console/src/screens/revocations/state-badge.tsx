import type { RevocationDto } from '../../api/generated/types.gen';
import { Badge, type Tone } from '../../ui/badge';

const STATES: Record<RevocationDto['state'], [string, Tone]> = {
  awaiting_approval: ['awaits approval', 'warn'],
  expired: ['not approved in time', 'neutral'],
  declined: ['declined', 'neutral'],
  marking: ['being marked', 'accent'],
  done: ['done', 'good'],
};

/** How far a revocation of many tokens is. Of a cut-off all tokens are refused before they are marked. */
export function RevocationState({ revocation: { state, kind } }: { revocation: RevocationDto }) {
  const [word, tone] = STATES[state];
  return <Badge tone={tone}>{state === 'marking' && kind === 'selection' ? 'being revoked' : word}</Badge>;
}
