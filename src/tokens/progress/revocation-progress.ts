import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusalFor, retryAfterSecondsOf } from '../../common/errors/error-translation.js';
import { NativeErrorShape } from '../../common/errors/native-error-shape.js';
import { LINES_TYPE, prefersLines } from '../../common/http/preferred-type.js';
import { RevocationLines, type RevocationNews } from './revocation-lines.js';
import {
  RevocationCommittedDto,
  RevocationWaitingDto,
  type RevocationDoneDto,
  type RevocationFailedDto,
} from './revocation-progress.dto.js';
import type { RevocationWatch } from './revocation-watch.js';

type News = RevocationNews<object, RevocationFailedDto>;

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
    const lines = new RevocationLines<object, RevocationFailedDto>();
    const answer = revoke(lines);
    answer.then(
      (done) => lines.finish({ kind: 'done', answer: done }),
      (error: unknown) =>
        lines.finish(lines.isCommitted ? { kind: 'failed', failure: this.failureOf(error, request) } : null),
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

async function* written(news: AsyncGenerator<News>): AsyncGenerator<string> {
  for await (const each of news) yield `${JSON.stringify(lineOf(each))}\n`;
}

function lineOf(
  news: News,
): RevocationCommittedDto | RevocationWaitingDto | RevocationDoneDto | RevocationFailedDto {
  switch (news.kind) {
    case 'committed':
      return RevocationCommittedDto.from(news.facts);
    case 'waiting':
      return RevocationWaitingDto.from(news.progress);
    case 'done':
      return { state: 'done', answer: news.answer };
    case 'failed':
      return news.failure;
  }
}
