import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { serveSite } from '../../scripts/serve.ts';
import type { RunningServer } from '../../scripts/serve.ts';
import { scratchFolder } from '../support/scratch.ts';

let server: RunningServer;
afterEach(() => server.close());

const site = () => {
  const folder = scratchFolder({
    'site/index.html': 'home',
    'site/404.html': 'nothing here',
    'site/runs/a/index.html': 'run a',
    'site/runs/a/tokens.csv': '1,2',
    'site/_gemview/x.js': 'x',
    'secret.txt': 'secret',
    'site-twin/secret.txt': 'secret',
  });
  return join(folder, 'site');
};

/** A request as it stands: `fetch` would tidy the path. */
function get(path: string): Promise<{ status: number; type: string; location: string; body: string }> {
  const { hostname, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      let body = '';
      response.on('data', (data: Buffer) => (body += data.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          type: response.headers['content-type'] ?? '',
          location: response.headers.location ?? '',
          body,
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('the static server', () => {
  it('serves files and folders below the base path with their types', async () => {
    server = await serveSite(site(), '/some/base/', 0);
    expect(await get('/some/base/')).toMatchObject({
      status: 200,
      body: 'home',
      type: 'text/html; charset=utf-8',
    });
    expect(await get('/some/base/runs/a/?x=1')).toMatchObject({ status: 200, body: 'run a' });
    expect(await get('/some/base/runs/a/tokens.csv')).toMatchObject({ type: 'text/csv; charset=utf-8' });
    expect(await get('/some/base/_gemview/x.js')).toMatchObject({ type: 'text/javascript; charset=utf-8' });
  });

  it('leads to the site and to the slash at the end of folders', async () => {
    server = await serveSite(site(), '/some/base/', 0);
    expect(await get('/')).toMatchObject({ status: 302, location: '/some/base/' });
    expect(await get('/some/base')).toMatchObject({ status: 302, location: '/some/base/' });
    expect(await get('/some/base/runs/a')).toMatchObject({ status: 301, location: '/some/base/runs/a/' });
  });

  it.each([
    '/some/base/nowhere/',
    '/elsewhere/',
    '/some/base/../secret.txt',
    '/some/base/..%2fsecret.txt',
    '/some/base/%2e%2e/secret.txt',
    '/some/base/..%5csecret.txt',
    '/some/base/../site-twin/secret.txt',
    '/some/base/%00',
    '/some/base/%zz',
    '//etc/passwd',
  ])('answers %s as what does not exist', async (path) => {
    server = await serveSite(site(), '/some/base/', 0);
    expect(await get(path)).toMatchObject({ status: 404, body: 'nothing here' });
  });

  it('takes another port when the wanted one is busy', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    const { port } = other.address() as AddressInfo;
    server = await serveSite(site(), '/', port);
    expect(Number(new URL(server.address).port)).toBeGreaterThan(port);
    expect(await get('/')).toMatchObject({ status: 200, body: 'home' });
    other.close();
  });
});
