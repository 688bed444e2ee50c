/** A pause that can be cut short. */
export class Pause {
  /** Ends it, if there is one. */
  end = () => {};

  /**
   * Pauses for about that time, so that not all tabs go on together.
   *
   * @param {number} mean In milliseconds.
   */
  about(mean) {
    return new Promise((resolve) => {
      this.end = () => resolve(undefined);
      setTimeout(this.end, mean * (0.5 + Math.random()));
    });
  }
}
