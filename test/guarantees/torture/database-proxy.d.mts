export class DatabaseProxy {
  static open(targetPort: number): Promise<DatabaseProxy>;
  readonly port: number;
  targetPort: number;
  dropNotifications: boolean;
  blackHole: boolean;
  readonly delays: Map<string, { requestMs: number; answerMs: number }>;
  cut(name?: string): void;
  silence(): void;
  close(): void;
}
