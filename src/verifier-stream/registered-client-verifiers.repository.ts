import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared, type Prepared } from '../database/prepared.js';
import { SERVER_RUN } from '../verifiers/server-run.sql.js';

const COUNT: Prepared = {
  name: 'registered_client_verifiers',
  text: `SELECT coalesce(sum(client_verifiers), 0)::int AS count FROM verifiers WHERE run = ${SERVER_RUN}`,
};

/** What the registry says of client verifiers: how many, of all servers. */
@Injectable()
export class RegisteredClientVerifiersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** As each server has said with its last round. null: the database cannot be asked. */
  async count(): Promise<number | null> {
    const rows = await queryPrepared<{ count: number }>(this.dataSource, COUNT, []).catch(() => []);
    return rows[0]?.count ?? null;
  }
}
