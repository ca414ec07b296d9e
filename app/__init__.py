"""The window: the only part of the program that knows Qt.

__main__        the program `hourglass`
demonstration   `make run`
window          the window and what lives as long as it
window_content  everything inside the window, built and connected
asides          what opens beside the work: lists, help, problems, windows
window_state    sizes and visibility of panels, remembered
panel_layout    where the panels stand
run_bar         the bar at the top
action_table    everything that can be done, as a table
actions         menus, shortcuts and buttons made from the table
desk            what actions work on
graph_model     the document on screen, undoable
session         the document's life on disk
recovery        copies that survive a crash
file_drops      files that are dropped or chosen
run_reports     what a run reports, as notices
several_form    what varies in several runs
several_window  several runs: planned, shown, stopped
slow_motion     back-propagation in slow motion: asked for, shown on canvas and panel
stage_plan      the plan of the stages: opened, closed, where the run is
feed            what views read while a network trains
bend_picture    a function of one number, drawn
node_live       what a node shows of its data, and while it trains
looks           what is known of the data in the graph, from the process that looks at them
warm_up         what is done once the window stands and nobody waits
data_windows    the windows over the data of single nodes
preferences     what the user chose once for all windows
questions       dialogs that ask
ending          what ends the program from outside
crash           what happens when something goes wrong inside
pictures        graphs, curves and views drawn without a window
profiles        how the gradient goes back through several lessons, side by side
portraits       pictures of the whole window while it trains, for the README
theme           the look in force
tokens          the colours of both themes
style_sheet     what Qt's own widgets need of the look
icons           the icons in any colour
numerals        numbers as people write and read them
canvas, panels, live, training   the four parts of the window, which do not know one another
"""
