import { timingSafeEqual, hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { bearerSecretOf } from '../common/bearer-header.js';
import { refusal } from '../common/errors/domain-error.js';
import { metricsConfig } from '../config/metrics.config.js';

const LOOPBACK = /^(::1$|(::ffff:)?127\.)/i;
/** A proxy on the same machine tells by these that it speaks for somebody else. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'] as const;

/**
 * Who may read the metrics, which are about all businesses: whoever presents RESCIND_METRICS_TOKEN. Without one: on
 * their own address everybody, and beside the API only programs on the same machine.
 */
@Injectable()
export class MetricsAccess {
  constructor(@Inject(metricsConfig.KEY) private readonly config: ConfigType<typeof metricsConfig>) {}

  /** @throws DomainError `route.not_found` where there are no metrics for this caller, or `authentication.*` */
  demandBesideApi(request: IncomingMessage): void {
    const isElsewhere = this.config.listen !== undefined;
    if (isElsewhere || (this.config.token === undefined && !isDirectlyLocal(request)))
      throw refusal('route.not_found');
    this.demandToken(request);
  }

  /** @throws DomainError `authentication.*` */
  demandToken(request: IncomingMessage): void {
    const { token } = this.config;
    if (token !== undefined && !isSame(bearerSecretOf(request), token))
      throw refusal('authentication.invalid');
  }
}

function isDirectlyLocal({ socket, headers }: IncomingMessage): boolean {
  return LOOPBACK.test(socket.remoteAddress ?? '') && FORWARDED.every((name) => headers[name] === undefined);
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
