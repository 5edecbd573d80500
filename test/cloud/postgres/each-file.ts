// Where there is no PostgreSQL each test of this project is skipped, and says why.
import { beforeEach, inject } from 'vitest';

beforeEach((context) => {
  const given = inject('postgres');
  if (given !== undefined && 'missing' in given) context.skip(given.missing);
});
