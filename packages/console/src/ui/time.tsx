import { useEffect, useState } from 'react';
import { exactMoment, freshFor, relativeMoment } from './moments';

/** A moment as people say it; the exact one, in the reader's zone, on hover. */
export function Time({ at, className }: { at: string; className?: string }) {
  const moment = new Date(at);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), freshFor(new Date(at), now));
    return () => clearTimeout(timer);
  }, [at, now]);
  return (
    <time dateTime={at} title={exactMoment(moment)} className={className ?? 'whitespace-nowrap'}>
      {relativeMoment(moment, now)}
    </time>
  );
}

/** A moment to be compared or written down: exact at once. */
export function ExactTime({ at }: { at: string }) {
  return (
    <time dateTime={at} className="tabular-nums">
      {exactMoment(new Date(at))}
    </time>
  );
}

/** A moment in a table: as short as can be, and told once. Hundreds of clocks would cost more than they tell. */
export function CellTime({ at }: { at: string }) {
  const moment = new Date(at);
  return (
    <time dateTime={at} title={exactMoment(moment)} className="whitespace-nowrap">
      {relativeMoment(moment, Date.now(), true)}
    </time>
  );
}
