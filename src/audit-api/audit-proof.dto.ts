import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { IsInteger, IsQueryInteger, ToInteger } from '../common/integer.decorator.js';
import { ToBoolean } from '../common/page-query.dto.js';

const SIZE_MAX = 999_999_999;

export class CheckpointQueryDto {
  /** The latest checkpoint that a quorum of witnesses has cosigned, instead of the latest. */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  cosigned: boolean = false;
}

export class ConsistencyQueryDto {
  /** Size of the earlier checkpoint. */
  @ToInteger()
  @IsInteger({ min: 1, max: SIZE_MAX })
  from!: number;

  /** Size of the later checkpoint; default: the latest. */
  @IsQueryInteger({ min: 1, max: SIZE_MAX })
  to?: number;
}

/** Proof that the log only grew from one size to another (RFC 6962 §2.1.2). */
export class ConsistencyDto {
  @ApiProperty({ type: 'integer' })
  from!: number;

  @ApiProperty({ type: 'integer' })
  to!: number;

  /** Base64 of the root at the earlier size. */
  @ApiProperty({ format: 'byte' })
  from_root!: string;

  /** Base64 of the root at the later size. */
  @ApiProperty({ format: 'byte' })
  to_root!: string;

  /** Base64 of each hash of the proof. */
  proof!: string[];
}

/** Proof that a checkpoint of the log is covered by an event of the platform's log. */
export class AnchorDto {
  /** Version of this format. */
  @ApiProperty({ type: 'integer', enum: [1] })
  rescind_anchor!: 1;

  /** The signed note of this log that was anchored. */
  @ApiProperty()
  checkpoint!: string;

  /** Its place among the checkpoints that were anchored together. */
  @ApiProperty({ type: 'integer' })
  index!: number;

  /** Base64 of each hash from there to the root in the event. */
  path!: string[];

  /** The event `checkpoint.anchored` of the platform's log, as it was hashed. */
  event!: string;

  /** The proof (C2SP tlog-proof) that the event is in the platform's log. */
  proof!: string;
}

/** The public key that verifies the checkpoints of the log. */
export class LogKeyDto {
  /** Name of the log, the first line of its checkpoints. */
  @ApiProperty({ example: 'rescind/0199c0de-0000-7000-8000-000000000000' })
  origin!: string;

  /** The public key as a verifier key, valid for this log only: the value for `rescind audit verify --public-key`. */
  @ApiProperty({ example: 'rescind/0199c0de-0000-7000-8000-000000000000+0a1b2c3d+AbCd' })
  vkey!: string;

  /** Id of the same key in the JWKS. */
  kid!: string;

  /** The same key as PEM (SPKI). */
  public_key!: string;
}
