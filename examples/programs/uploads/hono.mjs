/** An upload with Hono, as the body itself: `node examples/programs/uploads/hono.mjs`, then `curl --data-binary @cat.png localhost:3000/pictures`. */
// @ts-check
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { answerTo, MOST_BYTES, openModerator } from './moderation.mjs';

const moderator = await openModerator();
const app = new Hono();

app.post('/pictures', bodyLimit({ maxSize: MOST_BYTES }), async (context) => {
  const upload = context.req.raw.body;
  if (!upload) return Response.json({ error: 'no-file' }, { status: 400 });
  const { status, body } = await answerTo(moderator, upload);
  return Response.json(body, { status });
});

const server = serve(
  { fetch: app.fetch, hostname: 'localhost', port: Number(process.env.PORT ?? 3000) },
  ({ port }) => console.log(`listening on http://localhost:${port}`),
);

// Requests under way are answered before the moderator closes.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => moderator.close()));
}
