import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { REPLICATION, replicationProblem, type Replication } from '../database/preflight.js';
import { EXCESS } from '../database/service-user.js';

/** Whether the database is there, and as it should be. Each rejects when it cannot be asked. */
@Injectable()
export class DatabaseStateRepository {
  constructor(private readonly dataSource: DataSource) {}

  async answers(): Promise<void> {
    await this.dataSource.query('SELECT 1');
  }

  /** @throws Error when the user of the sessions has rights that it does not need */
  async demandLeastPrivileges(): Promise<void> {
    const [row] = await this.dataSource.query<{ excess: string | null }[]>(EXCESS);
    if (row?.excess !== null) throw new Error('excessive privileges');
  }

  /** Why a failover can lose what was acknowledged, in one sentence; null: it can't, as far as PostgreSQL replicates. */
  async replicationProblem(): Promise<string | null> {
    const [row] = await this.dataSource.query<Replication[]>(REPLICATION);
    return replicationProblem(row as Replication);
  }

  /** @throws Error when the schema lacks a migration */
  async demandCurrentSchema(): Promise<void> {
    const [row] = await this.dataSource.query<{ count: number }[]>(
      'SELECT count(*)::int AS count FROM migrations',
    );
    if ((row?.count ?? 0) < this.dataSource.migrations.length) throw new Error('pending migrations');
  }
}
