import pg from 'pg';

/**
 * A client whose loss never ends the process. Between two statements of a request a client of a pool has nobody who
 * listens, and a server that shuts down at that moment tells it so by an `error` event. Whoever uses the client next
 * gets the failure all the same.
 */
export class ResilientClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
