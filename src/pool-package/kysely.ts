export * from 'tailrace-pool/kysely';
