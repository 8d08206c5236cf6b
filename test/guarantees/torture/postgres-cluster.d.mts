export class PostgresCluster {
  static create(
    directory: string,
    settings?: Record<string, string>,
    programs?: { initdb: string; postgres: string },
  ): Promise<PostgresCluster>;
  readonly directory: string;
  readonly url: string;
  readonly port: number;
  start(settings?: Record<string, string>): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  crash(): Promise<void>;
  crashBackend(): Promise<void>;
  copyRunningTo(target: string): Promise<void>;
  setBackTo(source: string): Promise<void>;
  copyTo(target: string): void;
  copyAs(directory: string): Promise<PostgresCluster>;
  restoreFrom(source: string): void;
  run(name: string, args: readonly string[], options?: { cwd?: string; input?: string }): string;
  sql<Row = Record<string, unknown>>(statement: string, values?: unknown[]): Promise<Row[]>;
}

export function databaseSettings(url: string | URL): { DATABASE_URL: string; RESCIND_MIGRATE_URL: string };
