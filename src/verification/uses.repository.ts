import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared } from '../database/prepared.js';
import { NOTE_USES } from './find-token.sql.js';

/** When tokens were used last. */
@Injectable()
export class UsesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Moves times of last use forward, in milliseconds of database time by token id.
   * @returns the ids of tokens that somebody is changing at this moment: those are not changed
   */
  async note(uses: ReadonlyMap<string, number>): Promise<string[]> {
    const values = [[...uses.keys()], [...uses.values()]];
    const busy = await queryPrepared<{ id: string }>(this.dataSource, NOTE_USES, values);
    return busy.map(({ id }) => id);
  }
}
