// What no text that comes in may hold, wherever it stands: NUL, which PostgreSQL does not store, and halves of characters,
// which no UTF-8 can spell.

// Where the two halves of a character stand together, they are one character to a pattern with `u`.
const NOT_PLAIN = /[\0\p{Surrogate}]/u;

export const isPlainText = (text: string): boolean => !NOT_PLAIN.test(text);
