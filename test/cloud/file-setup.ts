// Runs before each file of the cloud's tests, also where the modules they share are loaded once a worker.
import { afterAll } from 'vitest';
import { endFile } from './each-file.ts';

afterAll(endFile);
