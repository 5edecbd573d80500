// A scenario of the matrix: how a lock comes to where it begins, and what a courier does there.
import type { MatrixCourier } from './matrix-courier.ts';
import type { MatrixWorld } from './matrix-world.ts';

export interface Scenario {
  readonly name: string;
  readonly activated: boolean;
  /** What a courier may take from the lock and tell nobody: the cloud is none of its business. */
  readonly withoutCloud?: boolean;
  begin(world: MatrixWorld): Promise<Story>;
}

export interface Story {
  /** In their order; not all of them need be seen. */
  readonly versions: readonly string[];
  /** Throws a typed error where it is not done, or cannot be known to be. */
  run(courier: MatrixCourier): Promise<void>;
  isDone(): boolean;
  /** Of the end. */
  check?(): void;
}
