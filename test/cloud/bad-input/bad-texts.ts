// Ids and cursors that no list gave.
export const NO_SUCH_ID = `door_${'a'.repeat(26)}`;

export const BAD_IDS = [
  '%00',
  'door_%00',
  '%ff',
  '%2e%2e',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  'x',
  '0',
  'null',
  'undefined',
  '%20',
  `door_${'a'.repeat(300)}`,
  `door_${'A'.repeat(26)}`,
  `token_${'1'.repeat(26)}`,
  '%F0%9F%9A%AA',
  "'%20or%20''='",
  NO_SUCH_ID,
];

/** No page ever ended there. */
export const BAD_CURSORS = [
  'x',
  '{}',
  '[]',
  '[1]',
  '["a"]',
  '[null,null]',
  '["a",1]',
  '[[],"a"]',
  '[1e999,"a"]',
  '[0.5,"a"]',
  '["a\\u0000","a"]',
  '["a","a\\ud800"]',
  '['.repeat(400),
].map(encodeURIComponent);
/** Of a list that sorts by text, and of one that sorts by a number. */
export const CURSORS_OF_OTHERS = ['["a","a"]', '[5,"a"]'].map(encodeURIComponent);
