import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from './domain-error.js';

/** Told of every refusal before it is answered, such as the one that records denied access. */
export interface ErrorObserver {
  /** When it rejects, that is answered in place of the refusal. */
  observe(error: DomainError, request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

export const ERROR_OBSERVERS = Symbol('ERROR_OBSERVERS');
