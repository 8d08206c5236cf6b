import type { ReactNode } from 'react';
import { classNames } from './class-names';

interface Figure {
  name: string;
  value: ReactNode;
  isDanger?: boolean;
}

/** A few numbers that matter most. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className="flex flex-wrap gap-x-10 gap-y-3">
      {figures.map(({ name, value, isDanger }) => (
        <div key={name} className="flex flex-col-reverse">
          <dt className="text-xs text-muted">{name}</dt>
          <dd className={classNames('text-xl font-semibold tabular-nums', isDanger && 'text-danger')}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
