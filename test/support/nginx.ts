/** nginx as an administrator runs it, with the block of docs/DEPLOY.md. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const hasNginx = spawnSync('nginx', ['-v']).status === 0;

export interface RunningNginx {
  /** `http://127.0.0.1:<port>`. */
  address: string;
  close(): void;
}

const TRIES = 100;

/**
 * Starts nginx on a free port of this machine and waits until it answers. Fails with what nginx wrote.
 *
 * @param location block within `server { … }`
 * @param folder for its own files: configuration, process id, logs
 */
export async function startNginx(location: string, folder: string): Promise<RunningNginx> {
  mkdirSync(folder, { recursive: true });
  // Beside the configuration, as in /etc/nginx: `include` counts from there.
  copyFileSync('/etc/nginx/mime.types', join(folder, 'mime.types'));
  const port = await freePort();
  const configuration = join(folder, 'nginx.conf');
  const file = (name: string): string => join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${file(of)};`,
  );
  writeFileSync(
    configuration,
    [
      // The default user may not read a scratch folder of root's; nobody else may set one.
      process.getuid?.() === 0 ? 'user root;' : '',
      'daemon off;',
      `pid ${file('pid')};`,
      `error_log ${file('error.log')};`,
      'events {}',
      `http { include mime.types; default_type application/octet-stream; access_log off; ${temporary.join(' ')}`,
      `server { listen 127.0.0.1:${port}; ${location} } }`,
    ].join('\n'),
  );
  const child = spawn('nginx', ['-c', configuration, '-e', file('error.log')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const address = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < TRIES && child.exitCode === null; attempt++) {
    if (await fetch(address).catch(() => null)) return { address, close: () => child.kill() };
    await sleep(50);
  }
  child.kill();
  throw new Error(`nginx does not answer: ${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
