import { IsOptional } from 'class-validator';
import { PageQueryDto } from '../common/page-query.dto.js';
import { IsText } from '../common/text.decorator.js';

export class ListBusinessesDto extends PageQueryDto {
  /** Contained in the name, in any case. */
  @IsOptional()
  @IsText({ max: 255 })
  name?: string;

  /** With this slug. */
  @IsOptional()
  @IsText({ max: 63 })
  slug?: string;
}

export class ListMembersDto extends PageQueryDto {
  /** With this e-mail, in any case. */
  @IsOptional()
  @IsText({ max: 320 })
  email?: string;
}

export class ListMembershipsDto extends PageQueryDto {
  /** The e-mail of the person, in any case. */
  @IsText({ max: 320 })
  email!: string;
}
