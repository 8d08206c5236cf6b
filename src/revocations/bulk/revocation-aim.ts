import { refusal, type DomainError } from '../../common/errors/domain-error.js';
import type { CutOffSelector } from '../cut-offs/cut-offs.repository.js';
import type { TokenSelectorDto } from '../../token-rows/selection/token-selector.dto.js';
import { selectorOf, type TokenSelector } from '../../token-rows/selection/token-selector.js';

/** The words of lists as they are kept and shown: metadata as an object, so that no name is taken for a value. */
export type SelectionWords = Omit<TokenSelectorDto, 'metadata'> & { metadata?: Record<string, string> };

/** What a selector comes to: all that was issued to somebody up to a moment (null: up to now), or any selected tokens. */
export type RevocationAim =
  | { kind: 'cut_off'; selector: CutOffSelector; issuedBefore: Date | null }
  | { kind: 'selection'; words: SelectionWords };

/** A selector of a request: one of the three, or words of lists. */
type AskedSelector = TokenSelectorDto & { business?: true; owner?: string; identity?: string };

const SHAPES = ['business', 'owner', 'identity'] as const;
const AT = ['body', 'selector'];
/** Alone, these words of lists mean all that was issued to somebody, up to a moment. */
const WHOSE_AND_UNTIL = new Set(['owner_email', 'identity_id', 'created_before']);

/**
 * Takes a selector for a cut-off where it means one, whatever its words: a business, an owner or an identity, and up to when.
 * @throws DomainError `input.invalid` when it names nothing, too much, or what contradicts itself
 */
export function aimOf(asked: AskedSelector, issuedBefore: Date | null): RevocationAim {
  const names = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const missing = Object.entries(asked).find(([, value]) => value === null);
  if (missing !== undefined) throw wrong([missing[0]], 'Input should not be null');
  const shapes = SHAPES.filter((shape) => names.includes(shape));
  if (names.length === 0) throw wrong([], 'Input should be an object that names tokens');
  const [shape, second] = shapes;
  if (shape !== undefined) {
    if (second !== undefined) throw wrong([second], `Name ${shape} or ${second}`);
    if (names.length > 1)
      throw wrong([shape], `With other words, name owner_email or identity_id in the place of ${shape}`);
    return { kind: 'cut_off', selector: asked, issuedBefore };
  }
  selectorOf(asked, AT);
  if (asked.status === 'revoked') throw wrong(['status'], 'What is revoked cannot be revoked again');
  const { owner_email: owner, identity_id: identity, created_before: until } = asked;
  const isWhose = owner !== undefined || identity !== undefined;
  if (isWhose && names.every((name) => WHOSE_AND_UNTIL.has(name))) {
    if (until !== undefined && issuedBefore !== null)
      throw wrong(['created_before'], 'Name created_before or issued_before');
    // Of a list, the moment itself is not meant; rows have milliseconds.
    const last = until === undefined ? issuedBefore : new Date(new Date(until).getTime() - 1);
    return { kind: 'cut_off', selector: subjectOf(owner, identity), issuedBefore: last };
  }
  if (issuedBefore !== null)
    throw refusal('input.invalid', {
      issues: [
        {
          loc: ['body', 'issued_before'],
          msg: 'With these words, name created_before in the selector',
          type: 'value_error',
        },
      ],
    });
  return { kind: 'selection', words: wordsOf(asked) };
}

/** The conditions that the words mean, but for whose tokens. */
export function selectorOfWords({ metadata, ...words }: SelectionWords): TokenSelector {
  return selectorOf(metadata === undefined ? words : { ...words, metadata: Object.entries(metadata) }, AT);
}

function subjectOf(owner: string | undefined, identity: string | undefined): CutOffSelector {
  if (identity !== undefined) return { identity };
  return owner === '*' ? { business: true } : { owner: owner };
}

function wordsOf({ metadata, ...asked }: AskedSelector): SelectionWords {
  const words = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return metadata === undefined ? words : { ...words, metadata: Object.fromEntries(metadata) };
}

function wrong(at: string[], msg: string): DomainError {
  return refusal('input.invalid', { issues: [{ loc: [...AT, ...at], msg, type: 'value_error' }] });
}
