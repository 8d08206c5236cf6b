/** `Buffer` as src/audit knows it; the build puts this in wherever the name is used. */
export { Buffer } from 'buffer/';
