import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { IsAnyText } from '../../common/text.decorator.js';
import { SchemaRule } from '../../common/schema-rule.decorator.js';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';

/** How many different strings one request may look up. */
export const STRINGS_MAX = 1000;
const LINES_MAX = 1000;
const TEXT_LENGTH_MAX = 100_000;

/** Exactly one of the three. Nothing of it is stored. */
@SchemaRule({ minProperties: 1, maxProperties: 1 })
export class FindTokensDto {
  /** A whole secret. */
  @IsOptional()
  @IsAnyText(512, { example: 'dz_<public id>_<random>_<checksum>' })
  secret?: string;

  /**
   * A preview, a public id, or the part of a secret that contains its public id. For parts of previews use `preview` of
   * the list.
   */
  @IsOptional()
  @IsAnyText(512)
  fragment?: string;

  /**
   * Up to 1000 lines, such as a log or a paste: every string in it that has the form of a token, a preview or a public
   * id is looked up.
   */
  @IsOptional()
  @IsAnyText(TEXT_LENGTH_MAX)
  @ValidateBy({
    name: 'hasFewLines',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || hasFewLines(value),
      defaultMessage: () => `String should have at most ${LINES_MAX} lines`,
    },
  })
  text?: string;
}

function hasFewLines(text: string): boolean {
  let lines = 1;
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) lines++;
  // A line break at the end does not begin another line.
  return lines - (text.endsWith('\n') ? 1 : 0) <= LINES_MAX;
}

class FoundTokenDto {
  /**
   * `secret`: the text contains the token's secret; `public_id`: it contains the token's public id, but not its complete
   * secret; `preview`: it contains the preview, which other tokens may share.
   */
  @ApiProperty({ enum: ['secret', 'public_id', 'preview'] })
  matched!: 'secret' | 'public_id' | 'preview';

  /** The lines of the text, counted from 1; the first 20. */
  @ApiProperty({ type: 'array', items: { type: 'integer' } })
  lines!: number[];

  token!: TokenInfoDto;
}

export class FoundTokensDto {
  /** In the order in which they were found. */
  items!: FoundTokenDto[];

  /** How many different strings had the form of a token, a preview or a public id. */
  @ApiProperty({ type: 'integer' })
  strings_judged!: number;

  /** Of these, how many belong to no token that the caller may read. */
  @ApiProperty({ type: 'integer' })
  strings_unknown!: number;

  /** How many more there are, beyond the 1000 that one call judges: send what is left again. */
  @ApiProperty({
    type: 'integer',
    example: 0,
    description: `How many more there are, beyond the ${STRINGS_MAX} that one call judges: send the rest again.`,
  })
  strings_left!: number;
}
