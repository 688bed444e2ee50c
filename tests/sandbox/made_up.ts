/**
 * Numbers and keywords that nobody owns, the same ones in every run.
 *
 * @module
 */

const AREA_CODES = ["213", "415", "312", "212", "617", "206", "303", "512"];

/** How many seven-digit numbers an area code has from 2000000 upwards. */
const NUMBERS_PER_AREA = 8_000_000;

/** Makes up what an order gets: each call goes on where the last one ended. */
export class MadeUp {
  #localNumbers = 0;
  #tollFreeNumbers = 0;
  #keywords = 0;

  /** Local numbers of 11 digits; the first one is 12135550100. */
  localNumbers(count: number): string[] {
    return Array.from({ length: count }, () => {
      const serial = this.#localNumbers++;
      const area = Math.floor(serial / NUMBERS_PER_AREA) % AREA_CODES.length;
      const line = 2_000_000 + (3_550_100 + serial) % NUMBERS_PER_AREA;
      return `1${AREA_CODES[area]}${line}`;
    });
  }

  /** Toll-free numbers of 11 digits; after 10,000 they come round again. */
  tollFreeNumbers(count: number): string[] {
    return Array.from({ length: count }, () => {
      const serial = this.#tollFreeNumbers++ % 10_000;
      return `1800555${String(serial).padStart(4, "0")}`;
    });
  }

  /** Keywords: SANDBOX1, SANDBOX2, and so on. */
  keywords(count: number): string[] {
    return Array.from({ length: count }, () => `SANDBOX${++this.#keywords}`);
  }
}
