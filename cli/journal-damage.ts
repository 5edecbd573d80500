// What was found damaged in a journal, for people: what is wrong with it, and where what there was of it is now.
import type { JournalDamage } from '#gateway/journal.ts';
import { counted } from './counted.ts';

export function damageText({ lines, missing, tornBytes, file }: JournalDamage): string {
  const flaws = [
    ...(lines > 0 ? [`${counted(lines, 'line')} can't be read`] : []),
    ...(missing > 0 ? [`${counted(missing, 'line')} ${missing === 1 ? 'is' : 'are'} gone`] : []),
    ...(tornBytes > 0 ? ['its last line was cut off'] : []),
  ];
  // Where only the last line is torn, that line alone is set aside.
  const kept = lines > 0 ? 'The whole of it as it stood' : 'What there was of that line';
  const where = file === undefined ? '' : ` ${kept} is in ${file}.`;
  return `The journal was damaged: ${flaws.join(', ')}.${where}`;
}
