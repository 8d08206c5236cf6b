import type { Readable } from 'node:stream';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';

/** Ends long answers when the process is asked to stop, so that they do not hold up its drain. Their readers resume elsewhere. */
@Injectable()
export class OpenStreams implements BeforeApplicationShutdown {
  private readonly open = new Set<() => void>();
  private stopping = false;

  /** Calls `end` once, at shutdown, unless the returned function is called before. */
  add(end: () => void): () => void {
    if (this.stopping) end();
    this.open.add(end);
    return () => this.open.delete(end);
  }

  /** Breaks the stream off at shutdown: its reader must not take the part for the whole. */
  breakOffAtShutdown(stream: Readable): void {
    const forget = this.add(() => stream.destroy(new Error('The process is stopping.')));
    stream.once('close', forget);
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const end of this.open) end();
  }
}
