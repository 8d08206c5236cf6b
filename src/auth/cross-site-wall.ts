import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { refusal } from '../common/errors/domain-error.js';
import { Issuer } from '../common/http/issuer.js';

/** RFC 9110 §9.2.1: they ask for no change, and pages of other origins cannot read what is answered. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Keeps pages of other origins from acting with the session of whoever looks at them. `SameSite=Lax` does not keep out those
 * of another port or host of the same site, so it is not enough.
 */
@Injectable()
export class CrossSiteWall {
  constructor(private readonly issuer: Issuer) {}

  /**
   * Lets a request pass that changes nothing, or that a page of our own origin asks for: as the browser says in
   * `Sec-Fetch-Site` (W3C Fetch Metadata), and where it says nothing there, in `Origin`.
   * @throws DomainError `session.cross_site`
   */
  demand(request: FastifyRequest): void {
    if (!SAFE.has(request.method)) this.demandOwnPage(request);
  }

  /** The same, whatever the method. */
  demandOwnPage(request: FastifyRequest): void {
    const { 'sec-fetch-site': site, origin } = request.headers;
    const isOwn = site === undefined ? origin === this.issuer.of(request) : site === 'same-origin';
    if (!isOwn) throw refusal('session.cross_site');
  }
}

/**
 * Lets only pages of our own ask, whatever the credential: no other page may sign its visitor in, as somebody else, to watch
 * what they do then (login CSRF).
 */
@Injectable()
export class OwnPageGuard implements CanActivate {
  constructor(private readonly wall: CrossSiteWall) {}

  /** @throws DomainError `session.cross_site` */
  canActivate(context: ExecutionContext): boolean {
    this.wall.demandOwnPage(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }
}
