import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import { CopyButton } from './copy-button';
import { Checkbox } from './field';
import { Notice } from './states';

interface SecretProps {
  /** It is held by the component that shows it and nowhere else: never in the address, in storage or in a query. */
  value: string;
  /** Its name: "The token". */
  label: string;
  /** Told when the reader says that it is kept: leaving is no loss from then on. */
  onKept?: () => void;
}

/** A secret that is shown here and never again. Whoever leaves before keeping it is asked. */
export function Secret({ value, label, onKept }: SecretProps) {
  const [kept, setKept] = useState(false);
  useBlocker({
    shouldBlockFn: () =>
      !kept && !window.confirm('The secret was not marked as kept, and is never shown again. Leave anyway?'),
    enableBeforeUnload: !kept,
  });
  return (
    <section aria-label={label} className="flex flex-col gap-3">
      <Notice tone="warn" title="Shown once">
        Keep it now, in a secret manager. Rescind stores no copy that could be read: whoever loses it needs a
        new one.
      </Notice>
      <div className="flex items-center gap-2">
        <input
          readOnly
          aria-label={label}
          value={value}
          spellCheck={false}
          autoComplete="off"
          onFocus={(event) => event.currentTarget.select()}
          className="h-8 min-w-0 grow rounded-md border border-line-strong bg-sunken px-2.5 font-mono text-sm"
        />
        <CopyButton text={value} />
      </div>
      <Checkbox
        isSelected={kept}
        onChange={(selected) => {
          setKept(selected);
          if (selected) onKept?.();
        }}
      >
        I have kept it
      </Checkbox>
    </section>
  );
}
