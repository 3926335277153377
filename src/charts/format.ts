/** Numbers as the site prints them: sentences of the analysis and charts print them alike. */
export * from '../analysis/format.ts';
