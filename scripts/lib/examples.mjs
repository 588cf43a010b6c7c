/** The blocks of C++ in a Markdown text, each with the line that it begins at. */
export function cppBlocks(markdown) {
  return [...markdown.matchAll(/^```(?:cpp|c\+\+|cc)\n(.*?)^```$/gms)].map((match) => ({
    text: match[1],
    line: markdown.slice(0, match.index).split('\n').length + 1,
  }));
}
