import { ApiProperty } from '@nestjs/swagger';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';

export class IssuedTokenDto {
  /** The secret, shown this once. */
  @ApiProperty({ example: 'dz_<public id>_<random>_<checksum>' })
  token!: string;

  token_info!: TokenInfoDto;
}

export class RotatedTokenDto extends IssuedTokenDto {
  /** The token that was replaced; its secret stays valid until `grace_ends_at`. */
  replaced!: TokenInfoDto;
}
