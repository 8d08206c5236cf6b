import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional, IsString, MaxLength } from 'class-validator';

/** An optional list of up to 100 scopes, or null. */
export function IsScopeList(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'array',
      items: { type: 'string', maxLength: 128 },
      maxItems: 100,
      nullable: true,
    }),
    IsOptional(),
    IsArray({ message: 'Input should be a valid list' }),
    ArrayMaxSize(100, { message: 'List should have at most 100 items' }),
    IsString({ each: true, message: 'Input should be a valid string' }),
    MaxLength(128, { each: true, message: 'String should have at most 128 characters' }),
  );
}
