export * from 'tailrace-pool/koa';
