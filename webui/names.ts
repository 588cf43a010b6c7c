/**
 * Members of the models and of the client, which the build gives shorter names. None is a field of the API,
 * a key that is looked up by a value, or a name of the document's (`test/names.test.ts`), and what is not
 * listed keeps its name.
 */
export const SHORTENED = [
  // models/portal.ts
  'failure',
  'raw',
  'report',
  'requested',
  'cancelling',
  'finishing',
  'ending',
  'lost',
  'wake',
  'choose',
  'reopen',
  // models/scan.ts
  'room',
  'unroll',
  'failed',
  'age',
  'touch',
  'follow',
  // models/form.ts
  'typed',
  'useSaved',
  'secured',
  'revealed',
  'tried',
  'needsPassword',
  'nameProblem',
  'passwordProblem',
  // models/saved.ts
  'asking',
  'erasing',
  'gone',
  'keep',
  'load',
  // api/client.ts
  'startScan',
  'connectReport',
  'forget',
];
