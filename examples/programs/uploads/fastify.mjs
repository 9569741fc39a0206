/** An upload with Fastify: `node examples/programs/uploads/fastify.mjs`, then `curl -F picture=@cat.png localhost:3000/pictures`. */
// @ts-check
import multipart from '@fastify/multipart';
import fastify from 'fastify';
import { answerTo, MOST_BYTES, openModerator, refusal } from './moderation.mjs';

const moderator = await openModerator();
// At the end idle connections are waited for; Fastify's own 72 seconds would be long.
const app = fastify({ keepAliveTimeout: 5_000 });
await app.register(multipart, { limits: { files: 1, fileSize: MOST_BYTES } });

/** @param {import('fastify').FastifyRequest} request */
async function uploadIn(request) {
  let upload;
  // To the end of the form: a second file is an error, and not passed over.
  for await (const part of request.files()) upload = await part.toBuffer();
  return upload;
}

/** @type {NonNullable<import('fastify').RouteShorthandOptions['errorHandler']>} */
const onFormError = (error, _request, reply) => {
  const isTooLarge = error.code === 'FST_REQ_FILE_TOO_LARGE';
  const { status, body } = refusal(isTooLarge ? 'input-too-large' : 'form-invalid');
  reply.code(status).send(body);
};

app.post('/pictures', { errorHandler: onFormError }, async (request, reply) => {
  const upload = await uploadIn(request);
  const { status, body } = upload ? await answerTo(moderator, upload) : refusal('no-file');
  return reply.code(status).send(body);
});

// Called once the requests under way have been answered.
app.addHook('onClose', () => moderator.close());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());

console.log(`listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
