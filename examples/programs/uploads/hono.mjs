/** An upload with Hono, as the body itself: `node examples/programs/uploads/hono.mjs`, then `curl --data-binary @cat.png localhost:3000/pictures`. */
// @ts-check
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { answerTo, MOST_BYTES, openModerator, refusal } from './moderation.mjs';

const moderator = await openModerator();
const app = new Hono();

/** @param {{ status: number, body: unknown }} answer */
const respond = ({ status, body }) => Response.json(body, { status });

const limit = bodyLimit({ maxSize: MOST_BYTES, onError: () => respond(refusal('input-too-large')) });

app.post('/pictures', limit, async (context) => {
  return respond(await answerTo(moderator, context.req.raw.body ?? new Uint8Array()));
});

const server = serve(
  { fetch: app.fetch, hostname: 'localhost', port: Number(process.env.PORT ?? 3000) },
  ({ port }) => console.log(`listening on http://localhost:${port}`),
);

// Requests under way are answered before the moderator closes.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => moderator.close()));
}
