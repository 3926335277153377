/** JSON Schema of report.json; its number is the report's `schema`. */
import type { APIRoute } from 'astro';
import { z } from 'zod';
import { reportSchema } from '../../report/schema.ts';

export const GET: APIRoute = () =>
  new Response(JSON.stringify(z.toJSONSchema(reportSchema, { io: 'output' })), {
    headers: { 'content-type': 'application/schema+json' },
  });
