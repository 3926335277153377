/** What the site says of itself: on its home page, in the heads of pages, and on the home page's card. */
export const SITE_TITLE = 'llama.cpp on Arm, run by run';
export const SITE_SENTENCE =
  'Each report says what Prefill does, what Decode does and which kernels run, computed from the files of its run.';
