/** `Buffer` as src/log-format knows it; the build puts this in wherever the name is used. */
export { Buffer } from 'buffer/';
