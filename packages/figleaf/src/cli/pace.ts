/** How fast work goes, and how long the rest of it takes: what an earlier run did costs no time, and tells nothing. */

/** What became of one input. */
export type Step =
  /** It was judged. */
  | 'judged'
  /** It was looked at, and is not to be judged. */
  | 'passed over'
  /** An earlier run had judged it. */
  | 'known';

/** Counts inputs and the time that they took. */
export class Pace {
  /** Inputs of every kind. */
  done = 0;
  #judged = 0;
  #known = 0;
  /** Milliseconds, those of known inputs left out. */
  #spent = 0;
  #last: number;

  /** @param now Milliseconds by any clock, the same that {@link Pace.add} goes by. */
  constructor(now: number) {
    this.#last = now;
  }

  /** Counts one more. */
  add(step: Step, now: number): void {
    this.done++;
    if (step === 'judged') this.#judged++;
    if (step === 'known') this.#known++;
    else this.#spent += now - this.#last;
    this.#last = now;
  }

  /** Inputs judged in a second; 0 as long as none is. */
  get rate(): number {
    return this.#judged === 0 ? 0 : this.#judged / (this.#spent / 1000);
  }

  /** Seconds that the rest of `total` inputs takes if as many of it are to be judged as so far; null as long as nothing tells. */
  left(total: number): number | null {
    const looked = this.done - this.#known;
    return this.#judged === 0 ? null : ((total - this.done) * this.#spent) / looked / 1000;
  }
}
