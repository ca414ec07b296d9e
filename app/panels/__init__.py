"""The panels around the canvas, all derived from the catalogue and the document.

palette             node types on shelves, search, drag and drop
palette_rail        the palette as icons, in a narrow window
type_hints          grey words beside sources: what they give
node_mime           what is carried while a node is dragged
inspector           the selected node, or the document and its training
inspector_head      what is selected, its name and equation
inspector_sections  parameters, training, shapes, meaning, lesson
scrolling_column    what scrolls when it is longer than the window
sections            parts that fold, small curves, rows
bend_section        the curve of an activation function
live_numbers        what a node's numbers are right now
rate_sketch         the learning rate over the run, drawn small
form                rows of parameters with their problems
editors             one editor for each kind of parameter
number_field        the editor for numbers
hand_field          numbers set by hand, as a small table
drawing_field       the button that opens a pad
table_columns       which columns a table offers
problems            the list of problems with their cures
notices             cards that say what happened
start_page          what an empty canvas shows
status_bar          the line at the bottom
pace                how fast a run goes
quick_list          all commands, and finding nodes
help                pages to read
slow_motion         back-propagation stop by stop: formula and real numbers
walk_lines          its rows of formulas and numbers, as text
walk_terms          those of what comes straight from the objective
walk_row            what a row is, and how numbers are written in it
walk_parts          what it draws: rows, cells to pick from, the stops
stage_plan          what trains when: the stages of a run, edited
stage_rows          its rows, and the choice of what a stage trains
controls            the small parts that all panels are made of
"""
