import { IsMoment } from '../../common/moment.decorator.js';

/** The longest period that one answer covers: 31 days. */
export const HOURS_MAX = 744;

export class UsageQueryDto {
  /** From the hour of this moment on; default: 24 hours before `until`. */
  @IsMoment()
  since?: string;

  /** Until this moment, at most 744 hours after `since`; default: now. */
  @IsMoment()
  until?: string;
}
