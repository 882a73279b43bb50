import { startLabServer } from '../../src/lab/start-lab-server.js';

/** Which MySQL the lab runs; found out by starting it once, which also fetches it where it must be fetched. */
export async function serverVersion(log: (line: string) => void): Promise<string> {
  const server = await startLabServer({ role: 'probe', log });
  await server.stop();
  return server.version;
}
