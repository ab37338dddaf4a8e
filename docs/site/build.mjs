// npm run docs: the site in dist/. npm run docs:dev: a server that follows the pages as they are written.
import { fileURLToPath } from 'node:url';
import { build, createServer } from 'vitepress';
import { writeApi } from './api.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
await writeApi();
if (process.argv[2] === 'dev') {
  const server = await createServer(here, { host: '127.0.0.1' });
  await server.listen();
  server.printUrls();
} else {
  await build(here);
}
