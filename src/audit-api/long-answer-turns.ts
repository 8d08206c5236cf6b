import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setImmediate as othersFirst, setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Turns } from '../admission/turns.js';

/** How long other requests have the process after a part, as a multiple of the time that the part took. */
const OTHERS_SHARE = 2;

/**
 * Long answers are made in parts, one part at a time in a process, in turns between logs. While there are other
 * requests, they take no more than a third of the process's time: a short request seldom waits for a part, and never
 * for more than one.
 */
@Injectable()
export class LongAnswerTurns implements OnApplicationBootstrap {
  private requests = 0;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly turns: Turns,
  ) {}

  onApplicationBootstrap(): void {
    // A command of the command line serves no requests, and takes no turns.
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
    const server = adapter?.getHttpServer() as Server | undefined;
    server?.on('request', () => this.requests++);
  }

  /** Makes a part of a long answer about `logId` when it is its turn, after everything that has arrived meanwhile. */
  part<Part>(logId: string, make: () => Promise<Part>): Promise<Part> {
    return new Promise((resolve, reject) => {
      const turn = async (): Promise<void> => {
        await othersFirst();
        const { requests } = this;
        const before = performance.eventLoopUtilization();
        await make().then(resolve, reject);
        if (this.requests > requests)
          await sleep(OTHERS_SHARE * performance.eventLoopUtilization(before).active);
      };
      void this.turns.run('long-answers', logId, turn);
    });
  }

  /** `parts`, each made when it is its turn. */
  async *inTurns<Part>(logId: string, parts: AsyncGenerator<Part>): AsyncGenerator<Part> {
    try {
      for (;;) {
        const next = await this.part(logId, () => parts.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await parts.return(undefined);
    }
  }
}
