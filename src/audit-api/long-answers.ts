import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { setImmediate as othersFirst, setTimeout as sleep } from 'node:timers/promises';
import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseGuards,
  type BeforeApplicationShutdown,
  type CanActivate,
  type ExecutionContext,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { holdTo } from '../admission/rate-limit-fields.js';
import { Turns } from '../admission/turns.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { Authenticator } from '../auth/authenticator.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import { sharersOf } from '../auth/sharers.js';

type LongAnswerKind = Parameters<Turns['enterShared']>[0];

const KIND = 'rescind:long_answer';

/** Limits the number of long answers that a business, and each of its tokens, has open at once. */
@Injectable()
class LongAnswerGuard implements CanActivate {
  constructor(
    private readonly turns: Turns,
    private readonly reflector: Reflector,
  ) {}

  /** @throws DomainError `request.rate_limited` */
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { user, businessId } = http.getRequest<AuthenticatedRequest>();
    const reply = http.getResponse<FastifyReply>();
    const kind = this.reflector.get<LongAnswerKind>(KIND, context.getHandler());
    const { uses, end } = this.turns.enterShared(kind, sharersOf(user, businessId ?? null));
    holdTo(uses, reply);
    if (reply.raw.destroyed) end();
    else reply.raw.once('close', end);
    return true;
  }
}

/**
 * Marks a route whose answers are long. It is placed above the decorator that says who may call, and is checked
 * after it.
 */
export const LongAnswer = (kind: LongAnswerKind): MethodDecorator =>
  applyDecorators(SetMetadata(KIND, kind), UseGuards(LongAnswerGuard));

/** How long other requests have the process after a part, as a multiple of the time that the part took. */
const OTHERS_SHARE = 2;

/**
 * Long answers are made in parts, one part at a time in a process, in turns between logs. While there are other
 * requests, they take no more than a third of the process's time: a short request seldom waits for a part, and never
 * for more than one. An answer must end once its caller may not read any more (revoked means refused, also in
 * mid-stream), and when the process is asked to stop, so that it does not hold up its drain: its reader resumes elsewhere.
 */
@Injectable()
export class LongAnswers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private requests = 0;
  private readonly open = new Set<() => void>();
  private stopping = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly turns: Turns,
    private readonly authenticator: Authenticator,
    private readonly demands: ScopeDemands,
  ) {}

  onApplicationBootstrap(): void {
    // A command of the command line serves no requests, and takes no turns.
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
    const server = adapter?.getHttpServer() as Server | undefined;
    server?.on('request', () => this.requests++);
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const end of this.open) end();
  }

  /** Calls `end` once, at shutdown, unless the returned function is called before. */
  endAtShutdown(end: () => void): () => void {
    if (this.stopping) end();
    this.open.add(end);
    return () => this.open.delete(end);
  }

  /** Breaks the stream off at shutdown: its reader must not take the part for the whole. */
  breakOffAtShutdown(stream: Readable): void {
    const forget = this.endAtShutdown(() => stream.destroy(new Error('The process is stopping.')));
    stream.once('close', forget);
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

  /**
   * Reads a part of a long answer when it is the turn of `business`, for a caller who may read it as it is begun and as
   * it is handed out.
   * @throws as the guards of the route would, and as Turns
   */
  async read<Result>(
    request: AuthenticatedRequest,
    business: string,
    read: () => Promise<Result>,
  ): Promise<Result> {
    const result = await this.turns.run('management', business, async () => {
      await this.demandPermission(request);
      return read();
    });
    await this.demandPermission(request);
    return result;
  }

  /** Whether the caller may still read; false as well while that cannot be told. */
  isPermitted(request: AuthenticatedRequest): Promise<boolean> {
    return this.demandPermission(request).then(
      () => true,
      () => false,
    );
  }

  /** Throws as the guards of the route would, if the request came now. Takes no use of a token that has few. */
  private async demandPermission(request: AuthenticatedRequest): Promise<void> {
    const principal = await this.authenticator.authenticateAgain(request);
    this.demands.demand(
      principal,
      principal.businessId === null ? 'rescind:platform:admin' : 'rescind:audit:read',
    );
  }
}
