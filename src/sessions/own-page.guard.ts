import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CrossSiteWall } from '../auth/cross-site-wall.js';

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
