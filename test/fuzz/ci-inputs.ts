// How many inputs each parser gets in `npm test`; the long form is `npm run fuzz -- --inputs 10000000`.

export const CI_INPUTS = 100_000;
