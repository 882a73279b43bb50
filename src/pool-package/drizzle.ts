export * from 'tailrace-pool/drizzle';
