export * from 'tailrace-pool';
