export * from 'tailrace-pool/sequelize';
