// A number with what is counted: 1 door, 2 doors.

export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
