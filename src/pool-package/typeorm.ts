export * from 'tailrace-pool/typeorm';
