/** `gemview explain`: what the name of a function says about what it does. */
import { classifyKernel, type KernelClass } from '../../src/llama/kernels/index.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { printable } from '../../src/report/printable.ts';
import { loadDemangler } from '../../src/symbols/demangle.ts';
import type { CommandIo } from '../commandIo.ts';
import { parseCommandLine, UsageError } from '../usage.ts';

/** `explain <symbol…> [--json]`; what follows `--` is symbols. */
export async function explainCommand(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals: symbols } = parseCommandLine({
    args,
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (symbols.length === 0) throw new UsageError('name at least one symbol');
  const demangle = await loadDemangler(nodeServices);
  const explained = symbols.map((symbol) => ({ symbol, kernel: classifyKernel(demangle(symbol), symbol) }));
  if (values.json) {
    await io.stdout(
      `${JSON.stringify(
        explained.map(({ symbol, kernel }) => explanation(symbol, kernel)),
        null,
        2,
      )}\n`,
    );
  } else {
    await io.stdout(explained.map(({ symbol, kernel }) => paragraph(symbol, kernel)).join('\n'));
  }
  return 0;
}

/** One element of the JSON answer; field names are a contract. */
function explanation(symbol: string, kernel: KernelClass) {
  const { normalised, category, operator, shape, dtypes, tile, isa, words } = kernel;
  return { symbol, normalised, category, operator, shape, dtypes, tile, isa, words };
}

function paragraph(symbol: string, kernel: KernelClass): string {
  const { normalised, category, operator, shape, dtypes, tile, isa, words } = kernel;
  const facts: [string, string | null][] = [
    ['name', normalised === symbol ? null : normalised],
    ['category', category],
    ['operator', operator],
    ['shape', shape === 'AMBIGUOUS' ? 'GEMM in Prefill, GEMV in Decode: the stage tells' : shape],
    ['output', dtypes.dst],
    ['activations', dtypes.lhs],
    ['weights', dtypes.rhs],
    ['tile', tile],
    ['instructions', isa],
  ];
  const lines = facts.filter(([, value]) => value !== null);
  return [
    symbol,
    `  ${words ?? 'no rule knows this name'}`,
    ...lines.map(([label, value]) => `  ${label.padEnd(13)}${value}`),
    '',
  ]
    .map(printable)
    .join('\n');
}
