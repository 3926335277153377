/** `npm start`: builds the site of the example runs and serves it. */
import { resolve } from 'node:path';
import { processIo } from './commandIo.ts';
import { runGemview } from './gemview.ts';
import { serveSite } from './serve.ts';

const PORT = 4321;

const io = processIo(process.cwd());
process.exitCode = await runGemview(['build', ...process.argv.slice(2)], io);
if (process.exitCode === 0) {
  const { address } = await serveSite(resolve('dist'), '/', PORT);
  await io.stdout(`The site is at ${address} (Ctrl-C ends)\n`);
}
