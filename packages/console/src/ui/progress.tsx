import { Label, ProgressBar } from 'react-aria-components';

/** How much of a known amount is done. */
export function Progress({ label, value, of }: { label: string; value: number; of: number }) {
  return (
    <ProgressBar value={value} maxValue={Math.max(1, of)} className="flex flex-col gap-1 text-sm">
      {({ percentage }) => (
        <>
          <div className="flex justify-between gap-4">
            <Label>{label}</Label>
            <span className="tabular-nums text-muted">
              {value.toLocaleString()} of {of.toLocaleString()}
            </span>
          </div>
          <div className="h-1.5 overflow-hidden rounded-full bg-sunken">
            <div className="h-full rounded-full bg-accent" style={{ width: `${percentage ?? 0}%` }} />
          </div>
        </>
      )}
    </ProgressBar>
  );
}
