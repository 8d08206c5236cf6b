import type { FastifyRequest } from 'fastify';
import type { DomainError } from './domain-error.js';

/** Told of every refusal before it is answered, such as the one that records denied access. */
export interface ErrorObserver {
  observe(error: DomainError, request: FastifyRequest): Promise<void>;
}

export const ERROR_OBSERVERS = Symbol('ERROR_OBSERVERS');
