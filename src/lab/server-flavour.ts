/**
 * What the lab can start: `mysql`, a current MySQL; `mysql56`, MySQL 5.6.24 as an old source; `mariadb`, whatever MariaDB
 * the machine's own Debian has; `mariadb118`, MariaDB 11.8, whose own defaults are collations that MySQL does not have.
 */
export const serverFlavours = ['mysql', 'mysql56', 'mariadb', 'mariadb118'] as const;

export type ServerFlavour = (typeof serverFlavours)[number];

export const flavourTitles: Record<ServerFlavour, string> = {
  mysql: 'MySQL',
  mysql56: 'MySQL 5.6',
  mariadb: 'MariaDB',
  mariadb118: 'MariaDB 11.8',
};

export function isMariadbFlavour(flavour: ServerFlavour): flavour is 'mariadb' | 'mariadb118' {
  return flavour === 'mariadb' || flavour === 'mariadb118';
}
