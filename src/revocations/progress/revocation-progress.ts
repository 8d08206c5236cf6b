import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusalFor, retryAfterSecondsOf } from '../../common/errors/error-translation.js';
import { NativeErrorShape } from '../../common/errors/error-shape.js';
import { LINES_TYPE, prefersLines } from '../../common/http/preferred-type.js';
import type { BarrierProgress } from '../../lease/barrier-progress.js';
import {
  type CommittedFacts,
  RevocationCommittedDto,
  type RevocationDoneDto,
  type RevocationFailedDto,
  RevocationWaitingDto,
  type RevocationWatch,
} from './revocation-progress.dto.js';

type LastLine = RevocationDoneDto | RevocationFailedDto;
type Line = RevocationCommittedDto | RevocationWaitingDto | LastLine;

/**
 * What a revocation tells, for one reader. Telling never waits for the reader: a slow one is told the latest state alone,
 * and one that has gone, nothing.
 */
export class RevocationLines implements RevocationWatch {
  private facts: CommittedFacts | null = null;
  private latest: BarrierProgress | null = null;
  private end: LastLine | null = null;
  private isOver = false;
  private awake: () => void = () => undefined;
  private news = this.untilTold();

  readonly committed = (facts: CommittedFacts): void => {
    if (!this.isOver) this.facts ??= facts;
    this.awake();
  };

  readonly waiting = (progress: BarrierProgress): void => {
    this.latest = progress;
    this.awake();
  };

  /** Whether it is known to be committed. */
  get isCommitted(): boolean {
    return this.facts !== null;
  }

  /** It is over, and nothing is told behind this. @param end null: there is nothing to tell, because it was not committed */
  finish(end: LastLine | null): void {
    this.isOver = true;
    this.end = end;
    this.awake();
  }

  /** Resolves once it is known to be committed, or over. */
  async begun(): Promise<void> {
    while (this.facts === null && !this.isOver) await this.nextNews();
  }

  /** What is told of what is committed. For one reader, once. */
  async *read(): AsyncGenerator<Line> {
    await this.begun();
    if (this.facts === null) return;
    yield RevocationCommittedDto.from(this.facts);
    for (;;) {
      const { latest, end } = this;
      this.latest = null;
      if (latest !== null) yield RevocationWaitingDto.from(latest);
      else if (end === null) await this.nextNews();
      else break;
    }
    if (this.end !== null) yield this.end;
  }

  private async nextNews(): Promise<void> {
    await this.news;
    this.news = this.untilTold();
  }

  private untilTold(): Promise<void> {
    return new Promise((resolve) => (this.awake = resolve));
  }
}

/** Answers revocations in the native dialect as they take effect, to whoever asks for that (ADR 0081). */
@Injectable()
export class RevocationProgress {
  private readonly shape = new NativeErrorShape();

  /**
   * What `revoke` answers; or, for a request that prefers lines, these from its commit on, with status 202. Nothing that
   * reads them holds up the revocation.
   * @param revoke is given a watch if lines are asked for; without a commit it is answered as to everybody else
   * @throws whatever `revoke` throws before it is committed
   */
  async answer<Answer extends object>(
    request: FastifyRequest,
    reply: FastifyReply,
    revoke: (watch?: RevocationWatch) => Promise<Answer>,
  ): Promise<Answer | Readable> {
    if (!prefersLines(request.headers.accept)) return revoke();
    const lines = new RevocationLines();
    const answer = revoke(lines);
    answer.then(
      (done) => lines.finish({ state: 'done', answer: done }),
      (error: unknown) => lines.finish(lines.isCommitted ? this.failureOf(error, request) : null),
    );
    await lines.begun();
    if (!lines.isCommitted) return answer;
    void reply.status(202).headers({
      'content-type': `${LINES_TYPE}; charset=utf-8`,
      'x-accel-buffering': 'no',
    });
    return Readable.from(written(lines.read()), { objectMode: true, highWaterMark: 1 });
  }

  private failureOf(error: unknown, request: FastifyRequest): RevocationFailedDto {
    const refusal = refusalFor(error, request);
    const { status, body } = this.shape.render(refusal, request.id);
    return {
      state: 'failed',
      status,
      retry_after_seconds: retryAfterSecondsOf(refusal, status),
      error: body as RevocationFailedDto['error'],
    };
  }
}

async function* written(lines: AsyncGenerator<Line>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}
