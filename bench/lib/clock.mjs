// Clocks that call what is due: the machine's, and one that only tests and computations use.

/** Milliseconds of the machine's monotonic clock, which Chromium's traces use too. */
export const monotonic = () => Number(process.hrtime.bigint()) / 1e6;

/** What is due, in the order of time, and for one time in the order of its coming. */
class Agenda {
  #due = [];

  add(time, what) {
    const before = this.#due.findLastIndex((one) => one.time <= time);
    this.#due.splice(before + 1, 0, { time, what });
  }

  get next() {
    return this.#due[0]?.time;
  }

  take() {
    return this.#due.shift();
  }
}

/** Goes from one event to the next without waiting. */
export class SimulatedClock {
  #agenda = new Agenda();
  #time = 0;

  now() {
    return this.#time;
  }

  at(time, what) {
    this.#agenda.add(time, what);
  }

  run() {
    while (this.#agenda.next !== undefined) {
      const { time, what } = this.#agenda.take();
      this.#time = time;
      what();
    }
  }
}

/** What the machine calls too late sees the time at which it was due: lateness does not add up. */
export class RealClock {
  #agenda = new Agenda();
  #timer;
  #time;

  now() {
    return this.#time ?? monotonic();
  }

  at(time, what) {
    this.#agenda.add(time, what);
    this.#arm();
  }

  /** Calls what is due. To be called before anything that comes from outside. */
  run() {
    while (this.#agenda.next <= monotonic()) {
      const { time, what } = this.#agenda.take();
      this.#time = time;
      what();
    }
    this.#time = undefined;
    this.#arm();
  }

  #arm() {
    clearTimeout(this.#timer);
    if (this.#agenda.next !== undefined) {
      this.#timer = setTimeout(() => this.run(), this.#agenda.next - monotonic());
    }
  }

  stop() {
    clearTimeout(this.#timer);
    this.#agenda = new Agenda();
  }
}
