// The page that a link from a mail opens. The token stands in the fragment, which no server sees; the page takes it out
// of the address bar and posts it with the password.
import { Router } from 'express';
import { PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS } from '#protocol/api/accounts.ts';

export const PASSWORD_PAGE_PATH = '/password';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Set a password - DOOR OS</title>
<style>
body { margin: 0; font: 16px/1.5 Arial, sans-serif; color: #1a1a1a; background: #fff }
main { max-width: 420px; margin: 0 auto; padding: 24px }
label { display: block; margin: 16px 0 4px }
input { width: 100%; box-sizing: border-box; padding: 10px; font: inherit; border: 1px solid #666; border-radius: 4px }
button { margin-top: 16px; padding: 12px 20px; font: inherit; color: #fff; background: #1a4fa3; border: 0; border-radius: 4px }
</style>
</head>
<body>
<main>
<h1>Set a password</h1>
<form id="form">
<label for="password">New password, at least ${PASSWORD_MIN_CHARACTERS} characters</label>
<input id="password" type="password" autocomplete="new-password" required
 minlength="${PASSWORD_MIN_CHARACTERS}" maxlength="${PASSWORD_MAX_CHARACTERS}" aria-describedby="told">
<button>Set the password</button>
</form>
<p id="told" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script src="password.js"></script>
</body>
</html>
`;

const SCRIPT = `'use strict';
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
history.replaceState(null, '', location.pathname);
const form = document.getElementById('form');
const told = document.getElementById('told');
const button = form.querySelector('button');
if (token === '') {
  form.hidden = true;
  told.textContent = 'Open the link in the mail again: the address is not whole.';
}
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  told.textContent = 'One moment.';
  try {
    const response = await fetch('api/v1/password', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, password: document.getElementById('password').value }),
    });
    const reply = await response.json();
    if (response.ok) {
      form.hidden = true;
      told.textContent = 'The password of ' + reply.email + ' is set. You can sign in with it now.';
    } else {
      told.textContent = reply.detail + ' ' + (reply.next ?? '');
    }
  } catch {
    told.textContent = 'DOOR OS cannot be reached. Try again.';
  }
  button.disabled = false;
});
`;

export function passwordPage(): Router {
  const router = Router();
  router.get(PASSWORD_PAGE_PATH, (_request, response) => {
    response.set('Cache-Control', 'no-store').type('html').send(PAGE);
  });
  router.get(`${PASSWORD_PAGE_PATH}.js`, (_request, response) => {
    response.set('Cache-Control', 'no-store').type('text/javascript').send(SCRIPT);
  });
  return router;
}
