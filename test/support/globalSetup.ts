// Jest's globalSetup: starts the Postgres that test/support/postgres.ts gives databases from.
import { startTestPostgres } from './postgres.ts';

export default async function globalSetup(): Promise<void> {
  (globalThis as { stopTestPostgres?: () => Promise<void> }).stopTestPostgres = await startTestPostgres();
}
