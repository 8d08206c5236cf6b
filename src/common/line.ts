/** How many share one ride. More would save little, and would all wait for the slowest. */
const SEATS_MAX = 64;
/** A ride that takes longer keeps nobody waiting any more: the next one leaves without it. */
const LATE_MS = 150;

/** How many rides of a line may be under way. */
interface Rides {
  /** That others wait for; 1 unless said otherwise. */
  atOnce?: number;
  /** That are late, beside those. */
  late: number;
}

/**
 * Where passengers wait while rides are under way; the next one takes all who came meanwhile. Whoever finds the line
 * empty departs in the same turn of the event loop: nobody waits for company.
 */
export class Line<Passenger> {
  private waiting: Passenger[] = [];
  private departing = false;
  private underWay = 0;
  private late = 0;
  private readonly ridesMax: Required<Rides>;

  /** @param ride takes these passengers and settles each; does not reject */
  constructor(
    private readonly ride: (passengers: Passenger[]) => Promise<void>,
    ridesMax: Rides,
  ) {
    this.ridesMax = { atOnce: 1, ...ridesMax };
  }

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.underWay === 0 && this.late === 0;
  }

  board(passenger: Passenger): void {
    this.waiting.push(passenger);
    this.departSoon();
  }

  private departSoon(): void {
    if (this.departing || this.underWay === this.ridesMax.atOnce || this.waiting.length === 0) return;
    this.departing = true;
    setImmediate(() => {
      this.departing = false;
      void this.depart(this.waiting.splice(0, SEATS_MAX));
      this.departSoon();
    });
  }

  private async depart(passengers: Passenger[]): Promise<void> {
    this.underWay++;
    let isLate = false;
    const patience = setTimeout(() => {
      if (this.late === this.ridesMax.late) return;
      isLate = true;
      this.late++;
      this.underWay--;
      this.departSoon();
    }, LATE_MS);
    await this.ride(passengers);
    clearTimeout(patience);
    if (isLate) this.late--;
    else this.underWay--;
    this.departSoon();
  }
}
