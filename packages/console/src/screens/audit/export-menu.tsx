import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { ApiError, apiErrorFrom, sentenceOf } from '../../api/errors';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Menu } from '../../ui/menu';
import { Notice } from '../../ui/states';
import type { AuditQuery } from './filters';
import { logOf, type LogName } from './log-of';

type Format = 'ndjson' | 'csv';

/** The events that match as a file: everything, not just what has been read. */
export function ExportMenu({ name, query }: { name: LogName; query: AuditQuery }) {
  const [bytes, setBytes] = useState(0);
  const end = useRef<AbortController | null>(null);
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: async (format: Format) => {
      end.current = new AbortController();
      setBytes(0);
      const { path, headers } = logOf(name).exported;
      const words = Object.entries({ ...query, format }).map(([key, value]) => [key, String(value)]);
      const answer = await answerOf(`${path}${new URLSearchParams(words)}`, headers, end.current.signal);
      const content = await readAll(answer, setBytes);
      save(content, fileNameOf(name, format));
    },
  });
  const isAborted = error instanceof DOMException && error.name === 'AbortError';
  const entry = (format: Format, label: string) => ({ id: format, label, onAction: () => mutate(format) });
  return (
    <>
      <Menu
        label="Export"
        trigger={
          <Button icon="down" isPending={isPending}>
            Export
          </Button>
        }
        groups={[[entry('ndjson', 'NDJSON, with its proof'), entry('csv', 'CSV, for spreadsheets')]]}
      />
      <Dialog
        title="Export"
        isOpen={isPending || (error !== null && !isAborted)}
        isStaying={isPending}
        onClose={reset}
        footer={
          isPending ? (
            <Button onPress={() => end.current?.abort()}>Cancel</Button>
          ) : (
            <Button onPress={reset}>Close</Button>
          )
        }
      >
        {isPending ? (
          <p role="status">{(bytes / 1e6).toFixed(1)} MB received…</p>
        ) : (
          <Notice tone="danger" title="There is no export">
            {sentenceOf(error)}
          </Notice>
        )}
      </Dialog>
    </>
  );
}

async function answerOf(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  let answer: Response | undefined;
  try {
    answer = await fetch(url, { headers, signal, cache: 'no-store' });
    if (answer.ok) return answer;
    throw apiErrorFrom(await answer.json(), answer);
  } catch (error) {
    throw error instanceof ApiError ? error : apiErrorFrom(error, answer);
  }
}

/** @throws ApiError if it breaks off: half of an export must not pass for a whole one */
async function readAll(answer: Response, onBytes: (bytes: number) => void): Promise<Blob> {
  let bytes = 0;
  const counted = answer.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        onBytes((bytes += chunk.byteLength));
        controller.enqueue(chunk);
      },
    }),
  );
  try {
    return await new Response(counted).blob();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'connection.lost', 'The connection was lost. Nothing was saved.');
  }
}

function save(content: Blob, fileName: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function fileNameOf(name: LogName, format: Format): string {
  const log = typeof name === 'object' ? name.businessId : name;
  return `audit-${log}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${format}`;
}
