import { useState } from 'react';
import { Button, IconButton } from './button';

const SAID_MS = 2000;

/** Copies `text`. Says so for two seconds. */
export function CopyButton({
  text,
  label = 'Copy',
  isIcon = false,
}: {
  text: string;
  label?: string;
  isIcon?: boolean;
}) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Select it and copy it yourself'),
    );
    setTimeout(() => setSaid(null), SAID_MS);
  };
  const icon = said === 'Copied' ? 'check' : 'copy';
  return (
    <>
      {isIcon ? (
        <IconButton icon={icon} label={said ?? label} onPress={copy} isSmall />
      ) : (
        <Button icon={icon} onPress={copy}>
          {said ?? label}
        </Button>
      )}
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  );
}
