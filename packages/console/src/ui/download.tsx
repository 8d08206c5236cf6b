import { useState } from 'react';
import { sentenceOf } from '../api/errors';
import { Button, type ButtonKind } from './button';
import { Notice } from './states';

interface DownloadButtonProps {
  /** The name of the file. */
  name: string;
  type: string;
  read: () => Promise<string>;
  kind?: ButtonKind;
  children: string;
}

/** Reads a text from the service, and saves it as a file. */
export function DownloadButton({ name, type, read, kind, children }: DownloadButtonProps) {
  const [state, setState] = useState<{ isReading: boolean; problem: string | null }>({
    isReading: false,
    problem: null,
  });
  async function download(): Promise<void> {
    setState({ isReading: true, problem: null });
    try {
      save(name, new Blob([await read()], { type }));
      setState({ isReading: false, problem: null });
    } catch (error) {
      setState({ isReading: false, problem: sentenceOf(error) });
    }
  }
  return (
    <>
      <Button kind={kind} icon="download" isPending={state.isReading} onPress={() => void download()}>
        {children}
      </Button>
      {state.problem !== null && <Notice tone="danger">{state.problem}</Notice>}
    </>
  );
}

function save(name: string, file: Blob): void {
  const href = URL.createObjectURL(file);
  const link = Object.assign(document.createElement('a'), { href, download: name });
  link.click();
  URL.revokeObjectURL(href);
}
