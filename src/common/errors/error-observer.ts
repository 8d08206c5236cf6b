import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from './domain-error.js';

/** Is called for every refusal before it is answered, for example to record denied access. */
export interface ErrorObserver {
  /** If it rejects, its error is answered instead of the refusal. */
  observe(error: DomainError, request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

export const ERROR_OBSERVERS = Symbol('ERROR_OBSERVERS');
