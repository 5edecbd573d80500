// Waiting for an import to go on: until its state or its rows are other than the caller knows, or for as long as asked.
import type { ImportQuery, ImportStatus } from '#protocol/api/imports.ts';
import type { z } from 'zod';
import type { Asking, Desk } from '../desk.ts';
import { getUpload } from './uploads.ts';

export async function awaitUpload(
  desk: Desk,
  asking: Asking,
  importId: string,
  { waitS, rowsDone }: z.output<typeof ImportQuery>,
): Promise<ImportStatus> {
  const { clock, feed } = desk.parts;
  const untilMs = clock.monotonicMs() + waitS * 1_000;
  for (;;) {
    let wake: () => void = () => undefined;
    const news = new Promise<void>((resolve) => {
      wake = resolve;
    });
    // Before the look, so that nothing falls between the two.
    const unsubscribe = feed.subscribe('now', (told) => {
      if (told.type !== 'rows' || told.rows.some(({ subject }) => subject === importId)) wake();
    });
    const timer = clock.after(Math.max(0, untilMs - clock.monotonicMs()), wake);
    try {
      const status = await desk.read(asking, (work) => getUpload(work, importId));
      const isNews = status.state !== 'running' || (rowsDone !== undefined && status.rowsDone !== rowsDone);
      if (isNews || clock.monotonicMs() >= untilMs) return status;
      await news;
    } finally {
      timer.cancel();
      unsubscribe();
    }
  }
}
