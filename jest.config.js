const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  // TypeScript sources import each other as .js, the names they have once compiled.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/'],
};

const project = (name) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

/** Unit and property tests need no server; integration and fault tests start real ones through the lab. */
export default {
  projects: ['unit', 'property', 'integration', 'fault'].map(project),
  maxWorkers: 2,
  // A test waits for states, not for times: this only ends one that hangs, on the slowest machine.
  testTimeout: 300_000,
};
