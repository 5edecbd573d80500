// Doctor's checks stand before the commands that need what is checked, and the folder of keys is the one that was named.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adapterFlaw } from '#gateway/doctor/guard.ts';
import { checkMachine } from '#gateway/doctor/machine.ts';
import { thisMachine } from '#gateway/doctor/machine-facts.ts';
import { DatabaseUrlError } from '#cloud/db/database-error.ts';
import { SmtpUrlError } from '#cloud/mail/smtp-url.ts';
import { EXIT, exitCodeOf } from '#cli/exit-codes.ts';
import { temporaryFolder } from '#test/cloud/cloud-fixture.ts';
import { aStage, run } from './surroundings.ts';

async function doorlab(data: string, ...args: string[]) {
  const stage = aStage({ env: { DOORLAB_DATA: data }, cwd: data });
  const exit = await run(stage, args);
  return { exit, out: stage.out(), err: stage.err() };
}

const flaw = adapterFlaw(checkMachine(thisMachine(), { isWanted: true, adapter: undefined }));

test('scan and sync on a machine without what an adapter needs end with 3, doctor’s sentence and its remedy', async () => {
  const data = temporaryFolder();
  mkdirSync(join(data, 'gateway'));
  writeFileSync(join(data, 'gateway', 'token'), 'dlt_aaaa', { mode: 0o600 });
  for (const command of [['scan'], ['sync', '4B']]) {
    const { exit, err } = await doorlab(data, ...command, '--radio', 'adapter');
    if (flaw === undefined) continue; // A machine with an adapter: nothing to be guarded from.
    expect({ command, exit }).toEqual({ command, exit: EXIT.environment });
    expect(err.toLowerCase()).toContain(flaw.message.toLowerCase());
    expect(err).toContain(flaw.next ?? '');
  }
});

test('doctor looks at the folder of keys that was named', async () => {
  const data = temporaryFolder();
  const { exit, out } = await doorlab(data, 'doctor', '--keys', 'elsewhere', '--json');
  expect(exit).toBe(EXIT.environment);
  expect(out).toMatch(
    new RegExp(`"id":"keys","status":"fail","detail":"${join(data, 'elsewhere')} is missing"`),
  );
});

test('doctor says that there is no trace where it uses no radio', async () => {
  const data = temporaryFolder();
  const traced = await doorlab(data, 'doctor', '--btsnoop', 'a.btsnoop');
  const file = join(data, 'a.btsnoop');
  expect(traced.err).toContain(`No trace was written to ${file}: doctor uses a radio with --radio adapter`);
  expect(existsSync(file)).toBe(false);
  expect((await doorlab(data, 'doctor')).err).not.toContain('trace');
});

test('an address of a database that is none ends as one of a mail server that is none', () => {
  const codes = [new DatabaseUrlError('no'), new SmtpUrlError('no')].map((error) => exitCodeOf(error));
  expect(codes).toEqual([EXIT.usage, EXIT.usage]);
});
