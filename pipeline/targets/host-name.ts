/** The name or address of a server, as a resolver takes it. */
import { text } from '../schema/takes.ts';

const name =
  '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\\.?';
const address6 = '[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9.-]+)?';

export const hostName = () =>
  text(
    'the name or the address of a host, without a user and a port',
    new RegExp(`^(${name}|${address6})$`),
  );
