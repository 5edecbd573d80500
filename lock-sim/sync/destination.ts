// Where what is received goes: what the frames machine and its shell need to know of a full set, a delta or a
// firmware image, and nothing else. `place` and `finish` run as jobs of the flash.
import type { Hash } from '#protocol/ids.ts';
import type { ChunkList } from '#protocol/signed/manifest.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { Triple } from '#protocol/triple.ts';
import type { Connection } from '../connection.ts';
import type { Rank } from './begin-budget.ts';

export interface Refused {
  readonly outcome: 'refused';
  readonly code: RefusalCode;
  readonly detail: string;
}

export type Placed =
  | Refused
  /** `lost`: chunks that shared the erased sector and have to come again. */
  | { readonly outcome: 'placed'; readonly lost: readonly number[] };

export type Finished =
  | Refused
  | { readonly outcome: 'done' }
  /** Flash lost this chunk since it was written: fetch it again. */
  | { readonly outcome: 'chunk-lost'; readonly index: number };

export interface Destination {
  /** Of the signed manifest: the same thing offered again goes on. */
  readonly hash: Hash;
  readonly list: ChunkList;
  /** Of a set; undefined for an image. */
  readonly triple: Triple | undefined;
  /** Among those of its kind. */
  readonly rank: Rank;
  /** In flash already, from an earlier connection or boot. */
  has(index: number): boolean;
  /** `chunk` matches its signed digest. Throws StorageError. */
  place(index: number, chunk: Uint8Array): Placed;
  /** Every chunk is in place: checks the whole and puts it to its use. Throws StorageError. */
  finish(): Finished;
  /** At once after `finish`, before anybody is told. */
  onDone(): void;
  /** Flash has taken its time, and the courier that brought it is still there. */
  answer(connection: Connection): void;
}

export const refused = (code: RefusalCode, detail: string): Refused => ({ outcome: 'refused', code, detail });
