import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared, type Prepared } from '../database/prepared.js';
import { SERVER_RUN } from './registry.sql.js';

/** The verifiers of a database, by number. */
export interface VerifierCounts {
  registered: number;
  /** Of these, how many have renewed their lease within its term, by the clock of the database. */
  renewed: number;
  /** Client verifiers of these, as each had last reported. */
  clientVerifiers: number;
}

const COUNT: Prepared = {
  name: 'verifier_counts',
  text: `
SELECT count(*)::int AS registered, coalesce(sum(client_verifiers), 0)::int AS "clientVerifiers",
  (count(*) FILTER (WHERE renewed_at > clock_timestamp() - make_interval(secs => lease_ms / 1000.0)))::int AS renewed
FROM verifiers WHERE run = ${SERVER_RUN}`,
};

/** Tells of the registry in numbers. For people: no lease depends on it. */
@Injectable()
export class VerifierCountsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async get(): Promise<VerifierCounts> {
    const [counts] = await queryPrepared<VerifierCounts>(this.dataSource, COUNT, []);
    return counts as VerifierCounts;
  }
}
