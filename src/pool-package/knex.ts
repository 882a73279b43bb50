export * from 'tailrace-pool/knex';
