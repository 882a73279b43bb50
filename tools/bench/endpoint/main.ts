import { exitCodes } from '../../../src/errors/exit-codes.js';
import { runTool } from '../../lab/run-tool.js';
import { parseEndpointOptions } from './endpoint-options.js';
import { endpointText } from './endpoint-page.js';
import { endpointGoals } from './endpoint-results.js';
import { runEndpoint, writeEndpointDocs } from './run-endpoint.js';

/** `npm run bench:endpoint`: what it is doing goes to stderr, the results to stdout; exit code 1 when a goal was missed. */
async function main(argv: readonly string[]): Promise<number> {
  const options = await parseEndpointOptions(argv);
  if (options === null) return exitCodes.ok;
  const results = await runEndpoint(options, argv, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`\n${endpointText(results)}\n`);
  if (options.writeDocs) await writeEndpointDocs(results);
  return endpointGoals(results).every(({ reached }) => reached) ? exitCodes.ok : exitCodes.problemsFound;
}

process.exitCode = await runTool(() => main(process.argv.slice(2)));
