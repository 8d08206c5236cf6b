import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, registerDecorator, ValidateBy, type ValidationArguments } from 'class-validator';
import { IsText } from '../../common/text.decorator.js';
import { holdsSecret } from '../../secrets/secret-in-text.js';
import { metadataProblem, SECRET_PROBLEM } from './metadata-problem.js';

/** An optional JSON object that `metadataProblem` accepts; null: none. */
export function IsMetadata(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      nullable: true,
      additionalProperties: true,
      example: { customer: '4711', plan: 'pro' },
    }),
    IsOptional(),
    (target: object, property: string | symbol) =>
      registerDecorator({
        name: 'isMetadata',
        target: target.constructor,
        propertyName: property as string,
        validator: {
          validate: (value: unknown) => metadataProblem(value) === null,
          defaultMessage: (args?: ValidationArguments) =>
            metadataProblem(args?.value) ?? 'Input is not valid',
        },
      }),
  );
}

/** An optional text of up to 255 characters that does not look like a secret; null: none. */
export function IsExternalId(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsText({ max: 255, nullable: true, example: 'customer-4711' }),
    HoldsNoSecret(),
  );
}

/** A text that is no secret of a token, and has none in it. */
export function HoldsNoSecret(): PropertyDecorator {
  return ValidateBy({
    name: 'holdsNoSecret',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || !holdsSecret(value),
      defaultMessage: () => SECRET_PROBLEM,
    },
  });
}
