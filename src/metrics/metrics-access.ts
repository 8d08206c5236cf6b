import { timingSafeEqual, hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { bearerSecretOf } from '../common/bearer-header.js';
import { refusal } from '../common/errors/domain-error.js';
import { metricsConfig } from '../config/metrics.config.js';

/**
 * Who may read the metrics, which are about all businesses: whoever presents RESCIND_METRICS_TOKEN. Without one: who
 * reaches the address that RESCIND_METRICS_LISTEN names, and nobody where it names none. A request does not tell whether
 * a proxy has passed it on for a stranger, so nothing of it decides.
 */
@Injectable()
export class MetricsAccess {
  constructor(@Inject(metricsConfig.KEY) private readonly config: ConfigType<typeof metricsConfig>) {}

  /** @throws DomainError `route.not_found` where there are no metrics for this caller, or `authentication.*` */
  demandBesideApi(request: IncomingMessage): void {
    const { listen, isOpen, token } = this.config;
    if (listen !== undefined || (token === undefined && !isOpen)) throw refusal('route.not_found');
    this.demandToken(request);
  }

  /** @throws DomainError `authentication.*` */
  demandToken(request: IncomingMessage): void {
    const { token } = this.config;
    if (token !== undefined && !isSame(bearerSecretOf(request), token))
      throw refusal('authentication.invalid');
  }
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
