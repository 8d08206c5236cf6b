import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IntegerWord } from '../../common/page-query.dto.js';

const SIZE_MAX = 999_999_999;

export class ConsistencyQueryDto {
  /** Size of the earlier checkpoint. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: SIZE_MAX })
  @IntegerWord()
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(1, { message: 'Input should be greater than or equal to 1' })
  @Max(SIZE_MAX, { message: `Input should be less than or equal to ${SIZE_MAX}` })
  from!: number;

  /** Size of the later one; the latest unless given. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: SIZE_MAX })
  @IsOptional()
  @IntegerWord()
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(1, { message: 'Input should be greater than or equal to 1' })
  @Max(SIZE_MAX, { message: `Input should be less than or equal to ${SIZE_MAX}` })
  to?: number;
}

/** That the log only grew from one size to another (RFC 6962 §2.1.2). */
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
  @ApiProperty({ type: [String] })
  proof!: string[];
}

/** What the checkpoints of the log are signed with. */
export class LogKeyDto {
  /** Name of the log, the first line of its checkpoints. */
  @ApiProperty({ example: 'rescind/0199c0de-0000-7000-8000-000000000000' })
  origin!: string;

  /** The public key in note notation, good for this log only: what to give to `rescind audit verify --public-key`. */
  @ApiProperty({ example: 'rescind/0199c0de-0000-7000-8000-000000000000+0a1b2c3d+AbCd' })
  vkey!: string;

  /** Id of the same key in the JWKS. */
  @ApiProperty()
  kid!: string;

  /** The same key as PEM (SPKI). */
  @ApiProperty()
  public_key!: string;
}
