import { ApiProperty } from '@nestjs/swagger';
import { IsText } from '../../common/text.decorator.js';
import type { MemberAccount } from '../../directory/members/member-account.entity.js';

const EXAMPLE_ISSUER = 'https://id.example.com';

export class LinkAccountDto {
  /** Of a provider, exactly as in `RESCIND_OIDC_PROVIDERS`. */
  @IsText({ max: 255, example: EXAMPLE_ISSUER })
  issuer!: string;

  /** The `sub` of the person there. A failed sign-in has it in the log. */
  @IsText({ max: 255, example: '248289761001' })
  subject!: string;
}

export class MemberAccountDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: EXAMPLE_ISSUER })
  issuer!: string;

  @ApiProperty({ example: '248289761001' })
  subject!: string;

  @ApiProperty({ format: 'date-time' })
  linked_at!: string;

  static from({ id, issuer, subject, linkedAt }: MemberAccount): MemberAccountDto {
    return { id, issuer, subject, linked_at: linkedAt.toISOString() };
  }
}

export class MemberAccountsDto {
  items!: MemberAccountDto[];
}
