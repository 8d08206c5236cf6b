/** Where root stores what the database's user cannot access elsewhere. */
export const SYSTEM_HOME = '/var/lib/rescind';
