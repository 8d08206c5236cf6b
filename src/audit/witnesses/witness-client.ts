import {
  formatAddCheckpoint,
  treeSizeOf,
  TREE_SIZE_CONTENT_TYPE,
} from '../../log-format/transparency/checkpoint.js';
import { cosignaturesIn, type Cosignature } from '../../log-format/transparency/cosignature.js';
import { parseNote, UntrustedNote } from '../../log-format/transparency/signed-note.js';
import type { PolicyWitness } from '../../log-format/transparency/witness-policy.js';

/** One request and its answer. */
const EXCHANGE_MS_MAX = 10_000;
/** With nothing known of the witness, and once more when another process was faster. */
const EXCHANGES_MAX = 3;
const ANSWER_BYTES_MAX = 65_536;

/** Why a witness did not cosign. */
type RefusalKind = 'unreachable' | 'inconsistent' | 'ahead' | 'untrusted' | 'refused';

export class WitnessRefused extends Error {
  constructor(
    readonly kind: RefusalKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a witness is asked to cosign. */
export interface Submission {
  size: number;
  /** The signed note of the checkpoint. */
  note: string;
  /** The proof that the log begins with what it was at an earlier size, from 1 on. */
  proofFrom: (size: number) => Promise<readonly Uint8Array[]>;
}

interface Answer {
  status: number;
  contentType: string;
  body: string;
}

/** Asks one witness (C2SP tlog-witness). Bounded in time, in exchanges and in what is read, whatever the witness does. */
export class WitnessClient {
  /** Size of the checkpoint that it cosigned last, as far as this process knows. */
  private knownSize = 0;
  private readonly address: string;

  constructor(private readonly witness: PolicyWitness & { url: string }) {
    this.address = `${witness.url.replace(/\/+$/, '')}/add-checkpoint`;
  }

  /** @throws WitnessRefused */
  async cosign({ size, note, proofFrom }: Submission, stopped: AbortSignal): Promise<Cosignature> {
    for (let exchange = 1; exchange <= EXCHANGES_MAX; exchange++) {
      const oldSize = this.knownSize;
      const proof = oldSize === 0 || oldSize >= size ? [] : await proofFrom(oldSize);
      const answer = await this.post(formatAddCheckpoint({ oldSize, proof, note }), stopped);
      if (answer.status === 200) {
        const cosignature = this.read(note, answer.body);
        this.knownSize = size;
        return cosignature;
      }
      const told = answer.status === 409 ? sizeIn(answer) : null;
      if (told === null || told === oldSize) throw refusalFor(answer);
      if (told > size)
        throw new WitnessRefused('ahead', `It has cosigned ${told} events of this log, which has ${size}.`);
      this.knownSize = told;
    }
    throw new WitnessRefused('refused', 'It answers another size each time that it is asked.');
  }

  private read(note: string, body: string): Cosignature {
    try {
      const [cosignature] = cosignaturesIn(parseNote(note).text, body, [this.witness]);
      if (cosignature !== undefined) return cosignature;
    } catch (cause) {
      if (!(cause instanceof UntrustedNote)) throw cause;
      throw new WitnessRefused('untrusted', cause.message, { cause });
    }
    throw new WitnessRefused(
      'untrusted',
      'Its answer holds no cosignature under the key that the policy names.',
    );
  }

  private async post(body: string, stopped: AbortSignal): Promise<Answer> {
    // Not AbortSignal.any of a timeout: nothing else holds that, and what was collected never fires.
    const over = new AbortController();
    const overdue = setTimeout(
      () => over.abort(new WitnessRefused('unreachable', 'It took too long.')),
      EXCHANGE_MS_MAX,
    );
    const stop = (): void => over.abort();
    stopped.addEventListener('abort', stop);
    if (stopped.aborted) stop();
    try {
      return await this.exchange(body, over.signal);
    } catch (cause) {
      if (cause instanceof WitnessRefused) throw cause;
      const { name, cause: below } = cause as Error & { cause?: NodeJS.ErrnoException };
      throw new WitnessRefused('unreachable', `It did not answer (${below?.code ?? name}).`, { cause });
    } finally {
      clearTimeout(overdue);
      stopped.removeEventListener('abort', stop);
    }
  }

  private async exchange(body: string, signal: AbortSignal): Promise<Answer> {
    const answer = await fetch(this.address, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body,
      redirect: 'error',
      signal,
    });
    return {
      status: answer.status,
      contentType: (answer.headers.get('content-type') ?? '').trim(),
      body: await boundedText(answer),
    };
  }
}

function sizeIn({ contentType, body }: Answer): number | null {
  return contentType === TREE_SIZE_CONTENT_TYPE && body.endsWith('\n') ? treeSizeOf(body.slice(0, -1)) : null;
}

function refusalFor({ status, contentType }: Answer): WitnessRefused {
  // Of the same size but another root: 422, and 409 without a size in version 1.0.0 of the protocol.
  const isInconsistent = status === 422 || (status === 409 && contentType !== TREE_SIZE_CONTENT_TYPE);
  return isInconsistent
    ? new WitnessRefused(
        'inconsistent',
        `It answers ${status}: the log does not follow from what it has cosigned.`,
      )
    : new WitnessRefused('refused', `It answers ${status}.`);
}

async function boundedText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new WitnessRefused('refused', 'Its answer is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
