/** Where root keeps what the database's user cannot reach elsewhere. */
export const SYSTEM_HOME = '/var/lib/rescind';
