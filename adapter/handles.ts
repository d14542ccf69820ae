/** References that stay the same over stops: the same thing keeps its number, so views keep their place. */

export class Handles<Value> {
  readonly #numbers = new Map<string, number>();
  readonly #values = new Map<number, Value>();
  readonly #first: number;

  constructor(first = 1) {
    this.#first = first;
  }

  /** The number of what `key` names; what is known of it is replaced by `value`. */
  reference(key: string, value: Value): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#first + this.#numbers.size;
      this.#numbers.set(key, number);
    }
    this.#values.set(number, value);
    return number;
  }

  has(number: number): boolean {
    return this.#values.has(number);
  }

  get(number: number): Value | undefined {
    return this.#values.get(number);
  }
}
