/**
 * What the lab can start: `mysql`, a current MySQL; `mysql56`, MySQL 5.6.24 as an old source; `mariadb`, whatever MariaDB
 * the machine's own Debian has.
 */
export const serverFlavours = ['mysql', 'mysql56', 'mariadb'] as const;

export type ServerFlavour = (typeof serverFlavours)[number];

export const flavourTitles: Record<ServerFlavour, string> = {
  mysql: 'MySQL',
  mysql56: 'MySQL 5.6',
  mariadb: 'MariaDB',
};
