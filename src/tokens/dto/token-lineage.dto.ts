import { ApiProperty } from '@nestjs/swagger';
import type { DerivedRow } from '../../revocations/derived/derived-tokens.sql.js';

const LISTED_MAX = 100;

class LineageAccountDto {
  @ApiProperty({ format: 'uuid' })
  member_id!: string;
  issuer!: string;
  subject!: string;
  @ApiProperty({ format: 'uuid' })
  linked_by_token!: string;
}

class LineageMemberDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  email!: string;
  @ApiProperty({ format: 'uuid' })
  added_by_token!: string;
}

class LineageRoleDto {
  @ApiProperty({ format: 'uuid' })
  member_id!: string;
  email!: string;
  /** What they had by hand before. */
  role_before!: string;
  @ApiProperty({ format: 'uuid' })
  raised_by_token!: string;
}

/** What ends with a token when it is revoked with its successors and children, as by default with the reason `leaked`. */
export class TokenLineageDto {
  /** Tokens and sessions that are not revoked yet, with itself. */
  @ApiProperty({ type: 'integer' })
  tokens!: number;

  @ApiProperty({ type: 'integer' })
  accounts!: number;

  /** Members whom they added, and nobody else has vouched for since: no account and no token of theirs is from elsewhere. */
  @ApiProperty({ type: 'integer' })
  members!: number;

  /** Members whom they gave a higher role, and nobody else another one since. */
  @ApiProperty({ type: 'integer' })
  roles!: number;

  /** Whether roles are mapped that they mapped. */
  role_mapping!: boolean;

  /** The first 100. */
  @ApiProperty({ type: [LineageAccountDto] })
  first_accounts!: LineageAccountDto[];

  /** The first 100. */
  @ApiProperty({ type: [LineageMemberDto] })
  first_members!: LineageMemberDto[];

  /** The first 100. */
  @ApiProperty({ type: [LineageRoleDto] })
  first_roles!: LineageRoleDto[];

  static from({ due, accounts, members, raised, mappings }: DerivedRow): TokenLineageDto {
    return {
      tokens: due === null ? 0 : (due.match(/\n/g)?.length ?? 0) + 1,
      accounts: accounts?.length ?? 0,
      members: members?.length ?? 0,
      roles: raised?.length ?? 0,
      role_mapping: mappings !== null,
      first_accounts: (accounts ?? []).slice(0, LISTED_MAX).map((each) => ({
        ...{ member_id: each.memberId, issuer: each.issuer, subject: each.subject },
        linked_by_token: each.linkedByToken,
      })),
      first_members: (members ?? []).slice(0, LISTED_MAX).map(({ id, email, addedByToken }) => ({
        ...{ id, email },
        added_by_token: addedByToken,
      })),
      first_roles: (raised ?? []).slice(0, LISTED_MAX).map(({ id, email, role, raisedByToken }) => ({
        ...{ member_id: id, email, role_before: role },
        raised_by_token: raisedByToken,
      })),
    };
  }
}
