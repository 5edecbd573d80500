// Questions: who is asked, and what happens where nobody can be.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createPrompt, type Question } from '#cli/prompt.ts';

const PASSWORD: Question = { text: 'Password', instead: 'pipe it to stdin', secret: true };
const DOOR: Question = { text: 'Door', instead: '--door NAME', secret: false };

function aPrompt({ isTTY = false, noInput = false } = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const controller = new AbortController();
  let shown = '';
  const prompt = createPrompt({
    stdin,
    stderr: { write: (text) => (shown += text) },
    noInput,
    signal: controller.signal,
  });
  return { prompt, stdin, controller, shown: () => shown };
}

test('a secret comes through a pipe, and is never shown', async () => {
  const { prompt, stdin, shown } = aPrompt();
  stdin.write('hunter2\nmore\n');
  expect(await prompt.ask(PASSWORD)).toBe('hunter2');
  expect(shown()).toBe('');
});

test('on a terminal a secret is asked for, and not echoed', async () => {
  const { prompt, stdin, shown } = aPrompt({ isTTY: true });
  const answer = prompt.ask(PASSWORD);
  stdin.write('hunter2\r');
  expect(await answer).toBe('hunter2');
  expect(shown()).toContain('Password: ');
  expect(shown()).not.toContain('hunter2');
});

test('with --no-input a question is an error that names the way around it', async () => {
  const { prompt, shown } = aPrompt({ isTTY: true, noInput: true });
  await expect(prompt.ask(DOOR)).rejects.toMatchObject({
    code: 'INPUT_NEEDED',
    next: 'Give it beforehand: --door NAME.',
  });
  expect(shown()).toBe('');
});

test('what is no secret is not taken from a pipe', async () => {
  await expect(aPrompt().prompt.ask(DOOR)).rejects.toMatchObject({ code: 'INPUT_NEEDED' });
});

test('the end of the input is no answer', async () => {
  const { prompt, stdin } = aPrompt();
  stdin.end();
  await expect(prompt.ask(PASSWORD)).rejects.toMatchObject({ code: 'INPUT_NEEDED' });
});

test('an interrupt ends the wait with its reason', async () => {
  const { prompt, controller } = aPrompt({ isTTY: true });
  const answer = prompt.ask(DOOR);
  controller.abort(new Error('stop'));
  await expect(answer).rejects.toThrow('stop');
});
