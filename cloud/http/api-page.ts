// The OpenAPI document and a page to read it on, for anybody: they say what the API is and nothing of what is in it. The
// page is Swagger UI from this server alone, under a policy without inline script or style.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router, type Response } from 'express';
import { openApiDocument, OPENAPI_PATH } from './openapi.ts';

export const DOCS_PATH = '/api/docs';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const KEPT = 'public, max-age=3600';

const UI_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

export function apiPage(): Router {
  const router = Router();
  const document = JSON.stringify(openApiDocument());
  router.get(OPENAPI_PATH, (_request, response) => {
    response.set('Cache-Control', 'no-cache').type('application/json').send(document);
  });
  router.get(DOCS_PATH, (_request, response) => {
    response.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache' }).type('html').send(PAGE);
  });
  const send = (name: string, type: string, text: string): void => {
    router.get(`${DOCS_PATH}/${name}`, (_request, response) => {
      response.set('Cache-Control', KEPT).type(type).send(text);
    });
  };
  send('page.css', 'css', STYLE);
  send('page.js', 'js', SCRIPT);
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const name of UI_FILES) {
    router.get(`${DOCS_PATH}/${name}`, (_request, response: Response) => {
      response.sendFile(join(folder, name), { cacheControl: false, headers: { 'Cache-Control': KEPT } });
    });
  }
  return router;
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>DOOR OS API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
<script src="docs/swagger-ui-bundle.js" defer></script>
<script src="docs/page.js" defer></script>
</head>
<body>
<noscript><p>This page needs JavaScript. The document itself is <a href="v1/openapi.json">openapi.json</a>.</p></noscript>
<main id="docs"></main>
</body>
</html>
`;

/** Links are relative to this page, so that it also works behind a path of a proxy. */
const SCRIPT = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
follow();
dark.addEventListener('change', follow);
SwaggerUIBundle({
  url: 'v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  filter: true,
  tagsSorter: 'alpha',
  validatorUrl: null,
  persistAuthorization: false,
});
`;

const STYLE = `body { margin: 0; }
html.dark-mode { background: #1c2022; }
.dark-mode .swagger-ui .header-col, .dark-mode .swagger-ui .response-col_links { color: #e4e6e6; }
.swagger-ui .wrapper { padding: 0 16px; }
.swagger-ui .information-container { padding-top: 0; }
.swagger-ui .scheme-container { padding: 12px 0; box-shadow: none; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 8px; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; }
  .swagger-ui .opblock .opblock-summary-description { padding: 4px 10px; text-align: left; }
  .swagger-ui table.parameters, .swagger-ui table.responses-table { display: block; overflow-x: auto; }
}
`;
