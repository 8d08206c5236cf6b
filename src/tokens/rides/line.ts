/** How many share one ride. More would save little, and would all wait for the slowest. */
const SEATS_MAX = 64;
/** A ride that takes longer keeps nobody waiting any more: the next one leaves without it. */
const LATE_MS = 150;

/**
 * Where passengers wait while a ride is under way; the next one takes all who came meanwhile. Whoever finds the line
 * empty departs in the same turn of the event loop: nobody waits for company.
 */
export class Line<Passenger> {
  private waiting: Passenger[] = [];
  private departing = false;
  private isUnderWay = false;
  private lateRides = 0;

  /**
   * @param ride takes these passengers and settles each; does not reject
   * @param lateRidesMax how many may be under way beside the one that is waited for
   */
  constructor(
    private readonly ride: (passengers: Passenger[]) => Promise<void>,
    private readonly lateRidesMax: number,
  ) {}

  get isIdle(): boolean {
    return this.waiting.length === 0 && !this.isUnderWay && this.lateRides === 0;
  }

  board(passenger: Passenger): void {
    this.waiting.push(passenger);
    this.departSoon();
  }

  private departSoon(): void {
    if (this.departing || this.isUnderWay || this.waiting.length === 0) return;
    this.departing = true;
    setImmediate(() => {
      this.departing = false;
      void this.depart(this.waiting.splice(0, SEATS_MAX));
    });
  }

  private async depart(passengers: Passenger[]): Promise<void> {
    this.isUnderWay = true;
    let isLate = false;
    const patience = setTimeout(() => {
      if (this.lateRides === this.lateRidesMax) return;
      isLate = true;
      this.lateRides++;
      this.isUnderWay = false;
      this.departSoon();
    }, LATE_MS);
    await this.ride(passengers);
    clearTimeout(patience);
    if (isLate) this.lateRides--;
    else this.isUnderWay = false;
    this.departSoon();
  }
}
