// Jest's globalTeardown: stops the Postgres that globalSetup.ts started.
export default async function globalTeardown(): Promise<void> {
  await (globalThis as { stopTestPostgres?: () => Promise<void> }).stopTestPostgres?.();
}
