import { playAllWays } from './play-all-ways.js';

describe('with every right on the database and no key, on the embedded PostgreSQL:', () => playAllWays(null));
