import { ApiProperty } from '@nestjs/swagger';

export class InfisicalOrganizationDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Acme' })
  name!: string;

  @ApiProperty({ example: 'acme' })
  slug!: string;
}

class InfisicalIdentityDetailsDto {
  organization!: InfisicalOrganizationDto;
}

/** The business of the calling token. */
export class InfisicalIdentityDetailsAnswerDto {
  identityDetails!: InfisicalIdentityDetailsDto;
}

export class InfisicalOrganizationListDto {
  organizations!: InfisicalOrganizationDto[];
}
