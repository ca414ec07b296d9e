"""The document: what a graph is, and everything that can be known about it without running it. No Qt, no numbers.

- `spec`: what a node type is; `catalog`: looking types up
- `document`: the graph as a frozen value; `edits`, `clipboard`: pure edits; `ids`: names that nothing else has
- `checks`: everything that is known about a document, in one call; it asks `readings` (types and parameters),
  `wires` (ends and circles), `shapes` (what flows) and `references` (parameters that name nodes), and offers `cures`;
  `refusals`: why a wire cannot be drawn
- `stages`: the plan of a run (pre-train this, then that, then everything): how it is written, read from the graph, edited
- `problems`: what is wrong, where, and what one click can do about it
- `storage`: canonical JSON, atomic saving; `strict_json`: JSON without surprises; `migrations`: old versions
- `schema`: JSON Schema of a catalogue; `diff`: what changed between two documents; `layout`: positions
- `language`: text in the user's language
- `gallery`: the lessons that ship
"""
