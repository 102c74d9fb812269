// How the search of the site finds and sorts. VitePress sends these functions to the browser as text: each stands for itself.

/** The settings of MiniSearch: words such as OLDER_BUILD and --dry-run stay whole, and every word has to be there. */
export const miniSearch = {
  options: {
    tokenize: (text) => text.split(/[^\p{L}\p{N}_-]+|(?<![\p{L}\p{N}])-+|-+(?![\p{L}\p{N}])/u).filter(Boolean),
  },
  searchOptions: {
    combineWith: 'AND',
    fuzzy: (word) => (word.length > 4 ? 0.2 : false),
    prefix: true,
    boost: { title: 4, text: 2, titles: 1 },
    // A code leads to the list of errors, and a page that is called so comes before a part of another.
    boostDocument: (id, word, { titles }) => {
      if (word.includes('_') && id.includes('/reference/errors')) return 20;
      return (id.includes('/how-to/') ? 1.5 : 1) * (titles.length === 0 ? 1.5 : 1);
    },
  },
};
