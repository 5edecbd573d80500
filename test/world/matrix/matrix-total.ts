// What a matrix comes to, told in one line.
import type { CaseReport } from './matrix-case.ts';

export class MatrixTotal {
  readonly #name: string;
  #cases = 0;
  #meetings = 0;
  #receipts = 0;
  #lost = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add({ meetings, receipts, lost }: CaseReport): void {
    this.#cases++;
    this.#meetings += meetings;
    this.#receipts += receipts;
    this.#lost += lost;
  }

  tell(): void {
    if (this.#cases === 0) return;
    process.stdout.write(
      `${this.#name}: ${this.#cases} cases, ${this.#meetings} meetings, ${this.#receipts} receipts, lost ${this.#lost}\n`,
    );
  }
}
