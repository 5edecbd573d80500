// Who can sign in at every cloud of these tests.
export const MANAGER = { email: 'manager@example.com', password: 'correct horse battery' };
