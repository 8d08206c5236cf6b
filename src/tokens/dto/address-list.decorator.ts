import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsOptional,
  ValidateBy,
  type ValidationArguments,
} from 'class-validator';
import { ADDRESS_RANGE_PATTERN, normalRange } from '../../verification/trusted-ips.js';

const ADDRESSES_MAX = 100;
const LENGTH_MAX = 64;

/** An optional list of 1 to 100 IPv4 and IPv6 addresses and CIDRs, or null. `storedAddresses` gives what is stored. */
export function IsAddressList(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'array',
      items: { type: 'string', maxLength: LENGTH_MAX, pattern: ADDRESS_RANGE_PATTERN },
      minItems: 1,
      maxItems: ADDRESSES_MAX,
      nullable: true,
    }),
    IsOptional(),
    IsArray({ message: 'Input should be a valid list' }),
    ArrayMinSize(1, { message: 'List should have at least 1 item' }),
    ArrayMaxSize(ADDRESSES_MAX, { message: `List should have at most ${ADDRESSES_MAX} items` }),
    ValidateBy({
      name: 'areAddresses',
      validator: {
        validate: (value: unknown) => problemOf(value) === null,
        defaultMessage: (args?: ValidationArguments) => problemOf(args?.value) ?? 'Input is not valid',
      },
    }),
  );
}

/** The stored form of a valid list, each address once; null: any address. */
export function storedAddresses(list: readonly string[] | null): string[] | null {
  return list === null ? null : [...new Set(list.map((each) => normalRange(each) ?? each))];
}

/** Says which one is wrong, by its position from 1, and never repeats it. */
function problemOf(list: unknown): string | null {
  if (!Array.isArray(list)) return 'Input should be a valid list';
  const wrong = list.findIndex(
    (each) => typeof each !== 'string' || each.length > LENGTH_MAX || normalRange(each) === null,
  );
  return wrong < 0 ? null : `Item ${wrong + 1} should be an IPv4 or IPv6 address or a CIDR`;
}
