import { useState } from 'react';
import { Field } from '../../ui/field';
import { dayOf } from '../../ui/moments';
import { Select } from '../../ui/select';
import type { LifetimeDraft } from './draft';
import type { TokenPolicy } from './use-token-policy';

const PRESETS = [1, 7, 30, 90, 180, 365];
const DAY_MS = 24 * 60 * 60 * 1000;

/** When a token ends by itself: what the policy of the business allows. */
export function LifetimeField({
  lifetime,
  policy: { lifetimeDaysMax, isExpiryRequired },
  onChange,
  problem,
}: {
  lifetime: LifetimeDraft;
  policy: TokenPolicy;
  onChange: (lifetime: LifetimeDraft) => void;
  problem?: string;
}) {
  const [isOther, setOther] = useState(false);
  const presets = PRESETS.filter((days) => lifetimeDaysMax === null || days <= lifetimeDaysMax);
  const mayNever = lifetimeDaysMax === null && !isExpiryRequired;
  const days = lifetime.kind === 'days' ? lifetime.days : null;
  const isPreset = !isOther && days !== null && presets.includes(days);
  const value = lifetime.kind === 'never' ? 'never' : isPreset ? String(days) : 'other';
  const choose = (choice: string) => {
    setOther(choice === 'other');
    if (choice === 'never') onChange({ kind: 'never' });
    else if (choice !== 'other') onChange({ kind: 'days', days: Number(choice) });
  };
  return (
    <>
      <Select
        label="Expires"
        description={descriptionOf(lifetime, lifetimeDaysMax)}
        options={[
          ...presets.map((each) => ({
            value: String(each),
            label: each === 1 ? 'after 1 day' : `after ${each} days`,
          })),
          { value: 'other', label: 'after another number of days' },
          ...(mayNever ? [{ value: 'never', label: 'never' }] : []),
        ]}
        value={value}
        onChange={choose}
      />
      {(value === 'other' || problem !== undefined) && lifetime.kind === 'days' && (
        <Field
          label="Days"
          type="number"
          className="max-w-32"
          value={days === null ? '' : String(days)}
          onChange={(text) => onChange({ kind: 'days', days: text === '' ? null : Number(text) })}
          error={problem}
        />
      )}
    </>
  );
}

function descriptionOf(lifetime: LifetimeDraft, lifetimeDaysMax: number | null): string {
  const most = lifetimeDaysMax === null ? '' : ` The business allows ${lifetimeDaysMax} days at most.`;
  if (lifetime.kind === 'never') return 'It ends only when somebody revokes it.';
  if (lifetime.days === null || !(lifetime.days >= 1)) return most.trim();
  return `On ${dayOf(new Date(Date.now() + lifetime.days * DAY_MS))}.${most}`;
}
