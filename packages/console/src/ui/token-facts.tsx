import type { TokenInfoDto } from '../api/generated/types.gen';
import { Badge, type Tone } from './badge';
import { classNames } from './class-names';

type Stated = Pick<TokenInfoDto, 'status' | 'replaced_by'>;

const TONES: Record<TokenInfoDto['status'], Tone> = { active: 'good', expired: 'warn', revoked: 'danger' };
const DOTS: Record<TokenInfoDto['status'], string> = {
  active: 'bg-good',
  expired: 'bg-warn',
  revoked: 'bg-danger',
};

/** A token that was rotated is still active until its grace ends. */
function wordOf({ status, replaced_by }: Stated): string {
  return status === 'active' && replaced_by !== null ? 'in grace' : status;
}

/** What a verdict on it would say, at the head of a page. */
export function StatusBadge({ token }: { token: Stated }) {
  return <Badge tone={wordOf(token) === 'in grace' ? 'warn' : TONES[token.status]}>{wordOf(token)}</Badge>;
}

/** The same in a table, where most lines say the same: a dot and a word. */
export function StatusWord({ token }: { token: Stated }) {
  const word = wordOf(token);
  return (
    <span className="flex items-center gap-2">
      <span
        className={classNames(
          'size-2 shrink-0 rounded-full',
          word === 'in grace' ? 'bg-warn' : DOTS[token.status],
        )}
      />
      {word}
    </span>
  );
}
