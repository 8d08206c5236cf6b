import { hash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { bearerSecretOf, challengeFor } from '../common/bearer-header.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { NATIVE_STATUS } from '../common/errors/error-shape.js';
import { createLimitedServer } from '../common/http/limited-server.js';
import { httpConfig } from '../config/http.config.js';
import type { ListenAddress } from '../config/listen-address.js';
import { ClusterMetrics } from './cluster-metrics.js';
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

/** The metrics on an address of their own (RESCIND_METRICS_LISTEN), which outside readers need not be able to reach. */
@Injectable()
export class MetricsServer implements BeforeApplicationShutdown {
  private server: Server | undefined;

  constructor(
    private readonly metrics: ClusterMetrics,
    private readonly access: MetricsAccess,
  ) {}

  /** @returns its origin. @throws the system's error when the address cannot be listened on */
  async open({ host, port }: ListenAddress): Promise<string> {
    const server = createLimitedServer(
      (request, response) => void this.answer(request, response),
      httpConfig().limits,
      () => false,
    );
    this.server = server;
    server.listen(port, host);
    await once(server, 'listening');
    const { address, port: opened, family } = server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${opened}`;
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.server?.listening !== true) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics')
        throw refusal('route.not_found');
      this.access.demandToken(request);
      const text = await this.metrics.text();
      response.writeHead(200, { 'content-type': this.metrics.contentType, 'cache-control': 'no-store' });
      response.end(text);
    } catch (error) {
      refuse(response, error);
    }
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  const known = error instanceof DomainError ? error : refusal('internal');
  const challenge = challengeFor(known);
  response.writeHead(NATIVE_STATUS[known.code], {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
  });
  response.end(JSON.stringify({ detail: known.message, code: known.code }));
}
