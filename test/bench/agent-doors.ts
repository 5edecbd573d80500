// What both processes of agent.bench.ts go by.

/** Of the table that each lock has; one of them is to go. */
export const ROWS = 60;

/** As the cloud spells ids: in letters. */
export const aDoorId = (n: number): string =>
  `door_${n.toString(2).replaceAll('0', 'a').replaceAll('1', 'b').padStart(26, 'a')}`;
