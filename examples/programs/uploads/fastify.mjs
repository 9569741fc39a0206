/** An upload with Fastify: `node examples/programs/uploads/fastify.mjs`, then `curl -F picture=@cat.png localhost:3000/pictures`. */
// @ts-check
import multipart from '@fastify/multipart';
import fastify from 'fastify';
import { answerTo, MOST_BYTES, openModerator } from './moderation.mjs';

const moderator = await openModerator();
// At the end idle connections are waited for; Fastify's own 72 seconds would be long.
const app = fastify({ keepAliveTimeout: 5_000 });
await app.register(multipart, { limits: { files: 1, fileSize: MOST_BYTES } });

app.post('/pictures', async (request, reply) => {
  const part = await request.file();
  if (!part) return reply.code(400).send({ error: 'no-file' });
  // Answers 413 by itself for what is too large.
  const { status, body } = await answerTo(moderator, await part.toBuffer());
  return reply.code(status).send(body);
});

// Called once the requests under way have been answered.
app.addHook('onClose', () => moderator.close());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());

console.log(`listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
