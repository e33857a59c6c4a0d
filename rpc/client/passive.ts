// How a page says that a call is its own doing and no act of the person: it does not keep the session alive.

export const PASSIVE_HEADER = 'wardmesh-passive';
