export * from 'tailrace-pool/fastify';
