// Tests run on the pinned Node as ES modules; TypeScript is stripped, never compiled (the same erasable syntax the server runs on).
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/stripTypes.js' },
  globalSetup: '<rootDir>/test/support/globalSetup.ts',
  globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
  setupFiles: ['<rootDir>/test/support/propertySeed.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.data'],
  testTimeout: 60_000,
  // Modules of a test file are never collected: a process that has run many is replaced.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
};
