// What the server answers beside the routes of the contract: whether it lives and can serve, its figures, and the live
// channel, whose frames a WebSocket carries.
import { courierAccess } from '#protocol/api/contract.ts';
import { LIVE_CLOSE, LIVE_FRAME_MAX_BYTES, LIVE_PATH, LIVE_PING_MS } from '#protocol/api/live.ts';
import type { ConvertedSchemas } from './json-schemas.ts';
import { responsesOf, tagOf, type Operation } from './operation.ts';

/** Key of the schemas of frames: of the server among the replies, of the client among the requests. */
export const LIVE_FRAME_KEY = 'live frame';

/** Each by its path; all are asked for with GET. */
export const operationsBeside = (schemas: ConvertedSchemas): Readonly<Record<string, Operation>> => ({
  '/healthz': {
    ...named('healthz', '/healthz', 'Whether the process lives'),
    responses: { '200': { description: 'It does.' } },
  },
  '/readyz': {
    ...named('readyz', '/readyz', 'Whether it can serve, with the reason where it can not'),
    responses: { '200': { description: 'It can.' }, ...responsesOf(['NOT_READY']) },
  },
  '/metrics': {
    ...named('metrics', '/metrics', 'Its figures, for Prometheus'),
    description: 'Open to programs of the same machine, without a proxy between.',
    security: [{ bearer: ['metrics'] }],
    responses: {
      '200': { description: 'One figure a line.', content: { 'text/plain': { schema: { type: 'string' } } } },
      ...responsesOf(['NOT_SIGNED_IN', 'SCOPE_MISSING']),
    },
  },
  [LIVE_PATH]: {
    ...named(
      'live',
      LIVE_PATH,
      'The live channel: a WebSocket that says at once what else has to be asked for',
    ),
    description: [
      'JSON in text frames, one message each. It only ever wakes: what is to be done is asked for over the routes.',
      `The first frames are \`hello\`, with the present state of every door. The server pings every ${LIVE_PING_MS / 1000} s, and its frames have at most ${LIVE_FRAME_MAX_BYTES} bytes.`,
      `It closes with 1001 as it stops, ${LIVE_CLOSE.tokenEnded} as the token ended, ${LIVE_CLOSE.notUnderstood} for a frame that is none, ${LIVE_CLOSE.tooSlow} for who reads too slowly: connect again, the hello has it all.`,
    ].join('\n\n'),
    security: [...courierAccess.map((scope) => ({ bearer: [scope] })), { session: [] }],
    responses: {
      '101': { description: 'The WebSocket. No compression.' },
      ...responsesOf([
        'NOT_SIGNED_IN',
        'SCOPE_MISSING',
        'PERMISSION_MISSING',
        'CSRF_REFUSED',
        'TOO_MANY_ATTEMPTS',
        'DEADLINE_EXCEEDED',
      ]),
    },
    'x-frames': {
      server: schemas.replies.get(LIVE_FRAME_KEY),
      client: schemas.requests.get(LIVE_FRAME_KEY),
    },
  },
});

const named = (operationId: string, path: string, summary: string) => ({
  operationId,
  summary,
  tags: [tagOf({ path })],
  security: [],
});
