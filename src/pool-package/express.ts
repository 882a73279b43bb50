export * from 'tailrace-pool/express';
