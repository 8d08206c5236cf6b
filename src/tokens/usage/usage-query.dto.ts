import { IsMoment } from '../../common/moment.decorator.js';

/** The longest stretch that one answer tells of: 31 days. */
export const HOURS_MAX = 744;

export class UsageQueryDto {
  /** From the hour on that this moment lies in; without it the 24 hours before `until`. */
  @IsMoment()
  since?: string;

  /** Until this moment, at most 744 hours after `since`; without it until now. */
  @IsMoment()
  until?: string;
}
