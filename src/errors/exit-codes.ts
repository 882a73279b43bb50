/**
 * Exit codes: 0 level or done; 1 the data differs (verify) or a check found problems; 2 usage or configuration;
 * 3 refused before anything was changed (preflight); 4 the link stopped safely at its checkpoint;
 * 5 a server could not be reached; 70 a defect in tailrace.
 */
export const exitCodes = {
  ok: 0,
  problemsFound: 1,
  usage: 2,
  refused: 3,
  stopped: 4,
  unreachable: 5,
  defect: 70,
} as const;
