import { ApiProperty } from '@nestjs/swagger';
import { IsText } from '../../common/text.decorator.js';
import type { MemberAccount } from '../../directory/members/member.entity.js';

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

  /**
   * False: linked by somebody else, and nobody signs in with it before the provider has said that its person has the
   * member's e-mail address.
   */
  confirmed!: boolean;

  /** The token or session that it was linked with; null: the member came in with it, or an earlier version linked it. */
  @ApiProperty({ format: 'uuid', nullable: true, type: String })
  linked_by_token!: string | null;

  static from({ id, issuer, subject, linkedAt, confirmed, linkedByToken }: MemberAccount): MemberAccountDto {
    return {
      ...{ id, issuer, subject, linked_at: linkedAt.toISOString() },
      ...{ confirmed, linked_by_token: linkedByToken },
    };
  }
}

export class MemberAccountsDto {
  items!: MemberAccountDto[];
}
