/** An upload with Express: `node examples/programs/uploads/express.mjs`, then `curl -F picture=@cat.png localhost:3000/pictures`. */
// @ts-check
import express from 'express';
import multer from 'multer';
import { answerTo, MOST_BYTES, openModerator } from './moderation.mjs';

const moderator = await openModerator();
const app = express();
const upload = multer({ limits: { files: 1, fileSize: MOST_BYTES } });

app.post('/pictures', upload.single('picture'), async (request, response) => {
  const { status, body } = request.file
    ? await answerTo(moderator, request.file.buffer)
    : { status: 400, body: { error: 'no-file' } };
  response.status(status).json(body);
});

/** @type {express.ErrorRequestHandler} */
const onError = (error, _request, response, next) => {
  if (!(error instanceof multer.MulterError)) return next(error);
  response.status(error.code === 'LIMIT_FILE_SIZE' ? 413 : 400).json({ error: error.code });
};
app.use(onError);

const server = app.listen(Number(process.env.PORT ?? 3000), 'localhost', () => {
  const address = server.address();
  console.log(`listening on http://localhost:${typeof address === 'object' ? address?.port : address}`);
});

// Requests under way are answered before the moderator closes.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => moderator.close()));
}
