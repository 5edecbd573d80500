// `doorlab people ..` and `doorlab property create`: the manager's work without a web page, for scripts and tests.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { ImportOptions, PersonOptions } from '../manager-run.ts';

const DEADLINE_MS = 120_000;

export function register(program: Command, host: Host): void {
  const property = program.command('property').description('properties with their doors and Keys');
  const create = property
    .command('create <file>')
    .description('make a property with its doors and Keys, from a JSON file')
    .action(
      host.action({ deadlineMs: DEADLINE_MS }, async (context, _options, [file = '']) => {
        const { createProperty } = await import('../manager-run.ts');
        return createProperty(context, file);
      }),
    );
  examples(create, ['doorlab property create lab/demo/property.json   # the one of the demo']);

  const people = program.command('people').description('people of a property and what opens doors for them');
  const upload = people
    .command('import <file>')
    .description('upload a CSV of people: bad rows are named and left out, the others go in')
    .option('--property <name>', 'which property, where there are several')
    .option('--preview', 'only say what it would do')
    .action(
      host.action<ImportOptions>({ deadlineMs: DEADLINE_MS }, async (context, options, [file = '']) => {
        const { importPeople } = await import('../manager-run.ts');
        return importPeople(context, file, options);
      }),
    );
  examples(upload, ['doorlab people import residents.csv --preview', 'doorlab people import residents.csv']);

  const codes = people
    .command('codes <email>')
    .description('the doorcodes of a person, and at which doors they are in force')
    .option('--property <name>', 'at one property only (default: wherever the person is)')
    .action(
      host.action<PersonOptions>({ deadlineMs: DEADLINE_MS }, async (context, options, [email = '']) => {
        const { showCodes } = await import('../manager-run.ts');
        return showCodes(context, email, options);
      }),
    );
  examples(codes, ['doorlab people codes ada.abel@example.com']);

  const revoke = people
    .command('revoke <email>')
    .description(
      'Revoke All Keys of a person; names the doors where an old code may open until their Door Sync',
    )
    .option('--property <name>', 'at one property only (default: wherever the person is)')
    .action(
      host.action<PersonOptions>({ deadlineMs: DEADLINE_MS }, async (context, options, [email = '']) => {
        const { revokeKeys } = await import('../manager-run.ts');
        return revokeKeys(context, email, options);
      }),
    );
  examples(revoke, [
    'doorlab people revoke ada.abel@example.com',
    'doorlab people revoke ada.abel@example.com --property "Elm House"',
  ]);
}
