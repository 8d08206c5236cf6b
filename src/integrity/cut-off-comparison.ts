import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import type { StoredEvent } from '../audit/trail/stored-event.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { CutOffRowsRepository } from './cut-off-rows.repository.js';
import type { Judgement, StateDifference } from './state-comparison.js';

/** Compares cut-offs with the log: the rows, and the register with which look-ups compare them. */
@Injectable()
export class CutOffComparison {
  private after: { at: Date; id: string } | null = null;

  constructor(
    private readonly rows: CutOffRowsRepository,
    private readonly genuine: GenuineEvents,
  ) {}

  /**
   * Compares the next cut-off events of all logs; each call takes the following ones, and starts again at the end. If
   * the register has lost an entry, it is written again, so that look-ups refuse the tokens even without an open fault.
   */
  async next(count: number, manager: EntityManager): Promise<StateDifference[]> {
    const read = await this.rows.events(this.after, count, manager);
    const last = read.at(-1);
    this.after = last === undefined || read.length < count ? null : { at: last.occurred_at, id: last.id };
    const events = (await this.genuine.genuine(read)).filter(({ outcome }) => outcome === 'success');
    if (events.length === 0) return [];
    const stands = new Map(
      (await this.rows.stands(events, manager)).map((stand) => [`${stand.log} ${stand.sequence}`, stand]),
    );
    const found: StateDifference[] = [];
    const lost: StoredEvent[] = [];
    for (const event of events) {
      const { business_id: logId, details, sequence } = event;
      const { said = null, is_registered: isRegistered = false } = stands.get(`${logId} ${sequence}`) ?? {};
      if (said === null || said.getTime() < Date.parse(String(details.not_before)))
        found.push(cutOffDiffers(logId, String(details.subject)));
      if (isRegistered) continue;
      lost.push(event);
      found.push({ fault: 'register_changed', logId, id: sequence, what: NOT_REGISTERED });
    }
    if (lost.length > 0) await this.rows.registerAgain(lost, manager);
    return found;
  }

  /** Compares all cut-offs of one log, except those whose events retention has dropped. */
  async ofLog(
    businessId: string | null,
    { logId, state, knownSince }: Judgement,
    manager: EntityManager,
  ): Promise<StateDifference[]> {
    const said = await this.rows.said(businessId, manager);
    const registered = await this.rows.registered(businessId, manager);
    const subjects = new Set([...state.cutOffs.keys(), ...said.keys(), ...registered.keys()]);
    return [...subjects].flatMap((subject) => {
      const untilMs = state.cutOffs.get(subject) ?? 0;
      const isLogged = (moment: Date | undefined): boolean => {
        const ms = moment?.getTime() ?? 0;
        return knownSince === null ? ms === untilMs : ms >= untilMs;
      };
      return [
        ...(isLogged(said.get(subject)) ? [] : [cutOffDiffers(logId, subject)]),
        ...(isLogged(registered.get(subject))
          ? []
          : [{ fault: 'register_changed' as const, logId, id: subject, what: NOT_REGISTERED }]),
      ];
    });
  }
}

const NOT_REGISTERED = 'cut-off that the register has other than the log';

/** @param logId the nil UUID for what the platform cuts off */
function cutOffDiffers(logId: string, subject: string): StateDifference {
  const whose = logId === PLATFORM_LOG ? subject.split(':')[0] : subject === logId ? 'business' : 'owner';
  return {
    fault: 'cut_off_differs',
    logId,
    id: subject,
    what: `${whose} that was cut off other than it says`,
  };
}
