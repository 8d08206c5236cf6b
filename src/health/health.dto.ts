import { ApiProperty } from '@nestjs/swagger';

export class LivenessDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

export class CheckDto {
  @ApiProperty({ enum: ['up', 'down'] })
  status!: 'up' | 'down';

  /** What is wrong, in one sentence. */
  @ApiProperty({ type: String, nullable: true })
  detail!: string | null;
}

export class ReadinessDto {
  @ApiProperty({ enum: ['ok', 'error'] })
  status!: 'ok' | 'error';

  database!: CheckDto;

  migrations!: CheckDto;

  audit!: CheckDto;

  /**
   * Down while a process has found that the log of the platform, data that it records, or the feed was changed without Rescind,
   * and the fault is not cleared. What was changed of a business is told in `detail`, refused there, and takes nobody else out of
   * service.
   */
  integrity!: CheckDto;

  /** Down while revocations are stored but cannot be confirmed, so that they are answered with 503. */
  revocation!: CheckDto;

  /** Down while this process lacks the pepper or signing key that others of its database were started with. */
  secrets!: CheckDto;

  /** Down once a change was refused because the database's disk is full, until one succeeds or for half a minute. */
  disk!: CheckDto;

  /** Down while verdicts come from the database, because this verifier holds no lease. Not a reason to be unready. */
  lease!: CheckDto;

  /** Down while the user of DATABASE_URL could do more than the service should. Not a reason to be unready. */
  privileges!: CheckDto;

  /** Down while there are streaming standbys and none is synchronous, or that cannot be told. Not a reason to be unready. */
  replication!: CheckDto;
}
