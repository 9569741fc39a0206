/** An upload with Express: `node examples/programs/uploads/express.mjs`, then `curl -F picture=@cat.png localhost:3000/pictures`. */
// @ts-check
import express from 'express';
import multer from 'multer';
import { answerTo, MOST_BYTES, openModerator, refusal } from './moderation.mjs';

const moderator = await openModerator();
const app = express();
const upload = multer({ limits: { files: 1, fileSize: MOST_BYTES } });

/**
 * @param {express.Response} response
 * @param {{ status: number, body: unknown }} answer
 */
const respond = (response, { status, body }) => void response.status(status).json(body);

/** @type {express.ErrorRequestHandler} */
const onFormError = (error, _request, response, _next) =>
  respond(response, refusal(error.code === 'LIMIT_FILE_SIZE' ? 'input-too-large' : 'form-invalid'));

// Beside what reads the form, so that it gets the errors of that alone.
app.post('/pictures', upload.single('picture'), onFormError);

app.post('/pictures', async ({ file }, response) => {
  respond(response, file ? await answerTo(moderator, file.buffer) : refusal('no-file'));
});

const server = app.listen(Number(process.env.PORT ?? 3000), 'localhost', () => {
  const address = server.address();
  console.log(`listening on http://localhost:${typeof address === 'object' ? address?.port : address}`);
});

// Requests under way are answered before the moderator closes.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => moderator.close()));
}
