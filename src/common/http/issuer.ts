import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import { httpConfig } from '../../config/http.config.js';

const HOST = /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/;

/** The issuer identifier (RFC 8414 §2): where this service is reached from outside. */
@Injectable()
export class Issuer {
  constructor(@Inject(httpConfig.KEY) private readonly config: ConfigType<typeof httpConfig>) {}

  /**
   * RESCIND_PUBLIC_URL, or else the origin that this very request was sent to: whoever forges its Host header
   * is told of their own forgery, and nobody else is, as no answer is ever stored.
   */
  of(request: FastifyRequest): string {
    return this.config.publicUrl ?? this.origin(request.protocol, request.host);
  }

  /** As `of`, of a request that no framework has read; null when a proxy may say otherwise than the request. */
  ofUnread(request: IncomingMessage): string | null {
    const { publicUrl, trustedProxies } = this.config;
    if (publicUrl !== undefined) return publicUrl;
    return trustedProxies.length > 0 ? null : this.origin('http', request.headers.host ?? '');
  }

  private origin(protocol: string, asked: string): string {
    const { host, port } = this.config;
    return HOST.test(asked) ? `${protocol}://${asked}` : `http://${host}:${port}`;
  }
}
