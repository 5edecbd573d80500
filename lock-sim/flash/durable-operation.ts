// What must survive a power cut, one at a time: the operations that a supply numbers and a test tears.

export type DurableOperation =
  | { readonly kind: 'program'; readonly address: number; readonly bytes: Uint8Array }
  | { readonly kind: 'erase'; readonly sector: number }
  /** Atomic by contract of a secure element: cut before or after, never torn. */
  | { readonly kind: 'secure'; readonly name: string };
